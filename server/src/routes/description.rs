//! The OpenAPI description, collected from the handlers.

mod shapes;

use utoipa::openapi::path::Operation;
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{InfoBuilder, OpenApi, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::api::events::{ConditionEvent, FarewellEvent, FarewellReason};
use crate::http::error::{ErrorCode, Failure, FailureMeta, FailureReason};
use crate::http::failures;
use crate::plant_alerts::AlertNews;

const ABOUT: &str = "WIP and equipment of a packaging plant, as JSON and as Arrow snapshots. \
    Every answer is `{success, data, meta}`, every failure `{success, error: {code, message}, \
    meta}`. Answers carry an `ETag`; send it back as `If-None-Match` to be told 304 when nothing \
    has changed. Parameter values are stripped, empty ones are absent. Unknown parameters have \
    no effect and are listed in `meta.ignored_parameters`, with the nearest known name in \
    `meta.did_you_mean`, and in the header `X-Mes-Ignored-Parameters`. Messages are zh-TW, or English by `Accept-Language`. `x-role` is the least role that an \
    operation needs; one whose `x-effect` is `changes` needs the CSRF token of `GET /api/session` \
    as `X-CSRF-Token`. Scripts send a token that an \
    administrator made with `mes-dashboard token add` as `Authorization: Bearer …`. Where several \
    servers share their data, responses with data have a header `X-Mes-Read-Token`; a script that \
    sends the last one back is never shown older data by another server. Browsers do the same by a \
    cookie.";

/// The groups of operations, in the order of the API page.
const TAGS: [(&str, &str); 12] = [
    ("WIP", "Lots: what is where, in which state"),
    ("Equipment", "Machines merged with their real-time status"),
    ("Hold history", "Holds that came and went, by production day"),
    ("Memory", "What was published, shift by shift"),
    ("Alerts", "Rules of the plant, and what fires"),
    ("Downtime", "What stood still, why and for how long"),
    ("Jobs", "Maintenance jobs and what happened to them"),
    ("Tables", "Rows of the source tables as they are"),
    ("Snapshots", "Whole tables for programs, and news of new versions"),
    ("Description", "What the fields and endpoints are"),
    ("Session", "Who is signed in"),
    ("Operation", "How the server is"),
];

fn tag(name: &str, about: &str) -> Tag {
    TagBuilder::new().name(name).description(Some(about)).build()
}

/// Completes what the handlers declare: who we are, shared failures, one id an operation.
pub fn complete(mut api: OpenApi) -> OpenApi {
    api.info = InfoBuilder::new()
        .title("MES Dashboard")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    api.tags = Some(TAGS.map(|(name, about)| tag(name, about)).into());
    let components = api.components.get_or_insert_default();
    let schemas = [
        (Failure::name(), Failure::schema()),
        (FailureReason::name(), FailureReason::schema()),
        (FailureMeta::name(), FailureMeta::schema()),
        (ErrorCode::name(), ErrorCode::schema()),
        (ConditionEvent::name(), ConditionEvent::schema()),
        (AlertNews::name(), AlertNews::schema()),
        (FarewellEvent::name(), FarewellEvent::schema()),
        (FarewellReason::name(), FarewellReason::schema()),
    ];
    for (name, schema) in schemas {
        components.schemas.insert(name.into_owned(), schema);
    }
    for (name, response) in failures::components() {
        components.responses.insert(name, RefOr::T(response));
    }
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
        ] {
            if let Some(operation) = operation {
                name_and_trim(operation, method, path);
            }
        }
    }
    shapes::settle(&mut api);
    api
}

/// Handlers of different modules share names, so ids come from method and path; what is written
/// for readers of the code under "Errors" stays there.
fn name_and_trim(operation: &mut Operation, method: &str, path: &str) {
    let words: Vec<&str> = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "api")
        .collect();
    operation.operation_id = Some(format!("{method}_{}", words.join("_")));
    if let Some(text) = operation.description.take() {
        let kept = text.split("# Errors").next().unwrap_or_default().trim().to_owned();
        operation.description = (!kept.is_empty()).then_some(kept);
    }
}
