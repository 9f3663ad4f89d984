//! compute-core
