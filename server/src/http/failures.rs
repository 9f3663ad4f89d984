//! The failures that endpoints share, for the API description.

use std::collections::BTreeMap;

use utoipa::openapi::response::Response;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::error::Failure;

/// Failures of reads of snapshot data.
pub struct ReadFailures;
/// The thing named in the path does not exist.
pub struct Missing;
/// Failures of endpoints with a JSON body.
pub struct BodyFailures;
/// Failures of endpoints that query the database.
pub struct QueryFailures;
/// Failures of reads that query the database on a cache miss.
pub struct HistoryFailures;
/// Failures of an endpoint that reads no data.
pub struct ConstantFailures;
/// Failures of reads for administrators.
pub struct AdminFailures;
/// Failures of commands.
pub struct CommandFailures;
/// Failures of signing in and out, and of ending sessions.
pub struct SessionFailures;

/// Somebody else has changed the same thing.
pub struct Conflicting;

/// Failures of probes.
pub struct ProbeFailures;
/// It can't be answered now.
pub struct NotReady;

/// Every named failure: status, name in the description, meaning.
const NAMED: [(&str, &str, &str); 13] = [
    ("304", "NotModified", "The caller's `If-None-Match` is current; there is no body"),
    (
        "400",
        "ValidationError",
        "`VALIDATION_ERROR`: a parameter or the body is wrong; the message names it. `RESTART_OVERRIDE_REASON_REQUIRED`: an override lacks its confirmation or reason",
    ),
    (
        "401",
        "Unauthorized",
        "`UNAUTHORIZED`: the caller has to sign in first, or the name or the password is wrong",
    ),
    (
        "403",
        "Forbidden",
        "`FORBIDDEN`: the caller may not do this here. `CSRF_INVALID`: a change came without the session's CSRF token, or from a page of another origin",
    ),
    ("404", "NotFound", "`NOT_FOUND`: there is no such thing"),
    ("405", "MethodNotAllowed", "`METHOD_NOT_ALLOWED`: the path takes other methods, see `Allow`"),
    (
        "409",
        "Conflict",
        "`CONFLICT`: somebody else has changed it since; `meta.current_revision` is what is in force. `RESTART_POLICY_BLOCKED`: the worker was restarted too often, or is being restarted",
    ),
    ("413", "PayloadTooLarge", "`PAYLOAD_TOO_LARGE`: the body is larger than 1 MiB"),
    ("415", "UnsupportedMediaType", "`UNSUPPORTED_MEDIA_TYPE`: the body is not declared as JSON"),
    ("429", "TooManyRequests", "`TOO_MANY_REQUESTS`: too many requests; retry after `Retry-After`"),
    (
        "500",
        "InternalError",
        "`INTERNAL_ERROR`: a defect of the server; `DB_QUERY_ERROR`: the database refused the statement; `RESTART_FAILED`: the restart request can't be written. Logged under the request id",
    ),
    (
        "503",
        "ServiceUnavailable",
        "`SERVICE_UNAVAILABLE`: no snapshot yet, sessions can't be read, about to stop, or the caller has seen newer data on another server than this one has so far. `HISTORY_PENDING`: days of the range are not rolled up yet, `meta.days_pending` of them; from `meta.rolled_up_from` on it can be had. `DB_POOL_EXHAUSTED`, `CIRCUIT_BREAKER_OPEN`, `DB_CONNECTION_FAILED`: the database is unavailable. Retry after `Retry-After`",
    ),
    (
        "504",
        "DbQueryTimeout",
        "`DB_QUERY_TIMEOUT`: the database took too long and the query was cancelled; retry after `Retry-After`",
    ),
];

fn named(statuses: &[&str]) -> BTreeMap<String, RefOr<Response>> {
    NAMED
        .iter()
        .filter(|(status, ..)| statuses.contains(status))
        .map(|(status, name, _)| {
            ((*status).to_owned(), RefOr::Ref(Ref::new(format!("#/components/responses/{name}"))))
        })
        .collect()
}

impl IntoResponses for ReadFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["304", "400", "405", "429", "500", "503"])
    }
}

impl IntoResponses for Missing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["404"])
    }
}

impl IntoResponses for BodyFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["400", "405", "413", "415", "429", "500", "503"])
    }
}

impl IntoResponses for QueryFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["400", "405", "413", "415", "429", "500", "503", "504"])
    }
}

impl IntoResponses for HistoryFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["304", "400", "405", "429", "500", "503", "504"])
    }
}

impl IntoResponses for ConstantFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["304", "400", "405", "429", "500"])
    }
}

impl IntoResponses for AdminFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["400", "403", "405", "429", "500"])
    }
}

impl IntoResponses for CommandFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["400", "403", "405", "413", "415", "429", "500"])
    }
}

impl IntoResponses for SessionFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["400", "401", "403", "405", "413", "415", "429", "500", "503"])
    }
}

impl IntoResponses for Conflicting {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["409"])
    }
}

impl IntoResponses for ProbeFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["400", "405"])
    }
}

impl IntoResponses for NotReady {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        named(&["503"])
    }
}

/// The named failures as components of the description.
pub fn components() -> impl Iterator<Item = (String, Response)> {
    NAMED.iter().map(|(status, name, meaning)| {
        let builder = ResponseBuilder::new().description(*meaning);
        let response = if *status == "304" {
            builder.build()
        } else {
            let schema = Ref::from_schema_name(Failure::name());
            builder.content("application/json", Content::new(Some(schema))).build()
        };
        ((*name).to_owned(), response)
    })
}
