//! parity-fixtures
