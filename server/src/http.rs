//! What surrounds every request, independent of the plant: admission, parameters, responses,
//! failures.

mod preference;
pub(crate) mod language;
pub(crate) mod coding;
pub(crate) mod forwarded;
pub(crate) mod security_headers;
pub(crate) mod cors;
pub mod mount;
pub mod exposure;
pub mod error;
pub(crate) mod failures;
pub(crate) mod html;
pub(crate) mod failure_page;
pub(crate) mod headers;
pub(crate) mod invalid;
pub(crate) mod values;
pub(crate) mod query;
pub(crate) mod ignored;
pub(crate) mod body;
pub mod rate_limit;
pub(crate) mod caller;
pub(crate) mod form;
pub mod access;
pub(crate) mod route_table;
pub(crate) mod visitor;
pub(crate) mod envelope;
pub mod shared_answers;
pub(crate) mod response;
pub mod spool;
pub(crate) mod formula_guard;
pub(crate) mod csv;
pub(crate) mod workbook;
pub mod response_memo;
pub(crate) mod request;
