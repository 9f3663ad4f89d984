//! Every operation of the description under requests that nobody would send on purpose: no panic, no
//! status that the operation does not declare, no failure outside of the error contract.
//!
//! The same seed sends the same requests. `FUZZ_CASES` makes the run longer and `FUZZ_SEED` another
//! one; both are in the message of a failure.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::schema::mismatch;
use crate::service::{Answer, Service};

/// Far more than any answer here takes, far less than a defect that loops.
const LONGEST: Duration = Duration::from_secs(10);
/// May report that the server is unavailable.
const PROBES: [&str; 3] = ["/livez", "/readyz", "/health"];

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// An operation of the description.
#[derive(Clone, Debug)]
struct Operation {
    method: Method,
    path: String,
    /// Names of its parameters in the query.
    parameters: Vec<String>,
    /// Names of the fields of its body.
    fields: Vec<String>,
    /// The statuses that it may answer, with the schemas of JSON.
    declared: Value,
}

fn operations(api: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_query = parameters.filter(|parameter| parameter["in"] == "query");
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            found.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                parameters: in_query.map(|p| p["name"].as_str().unwrap().to_owned()).collect(),
                fields: fields(api, body),
                declared: operation["responses"].clone(),
            });
        }
    }
    found
}

/// The names of the properties of a schema and of those that it consists of.
fn fields(api: &Value, schema: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fields(api, api.pointer(reference.trim_start_matches('#')).unwrap());
    }
    let mut names: Vec<String> = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        names.push(name.clone());
        names.extend(fields(api, property));
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            names.extend(fields(api, part));
        }
    }
    names
}

/// Values near what is allowed, and others far from it.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let near = prop::sample::select(vec![
        "",
        " ",
        "true",
        "maybe",
        "RUN",
        "hold",
        "quality",
        "lotid",
        "0",
        "-1",
        "1",
        "4294967296",
        "-99999999999999999999",
        "1e9",
        "7+",
        "all",
        "display",
        "day",
        "year",
        "m1",
        "J1",
        "自行暫停",
        "焊接_WB",
        "wip",
        "DW_MES_JOB",
        "DW_MES_LOT_V",
        "JOBID",
        "CREATEDATE",
        "2026-10-31",
        "2026-11-01",
        "2026-02-30",
        "0000-01-01",
        "9999-12-31",
        "-9999-01-01",
        "2026-11-01T00:00:00",
        "18446744073709551616-01-01",
        ",,,",
        "../../etc/passwd",
        "%00",
        "'; DROP TABLE lots; --",
        "\\",
        "%_",
        "\u{0}",
        "a\u{0}b",
        "İ",
        "\u{202e}",
        "\u{feff}",
        "𝕏",
        "<script>",
        "{{7*7}}",
        "$(id)",
        "\r\nx: y",
    ]);
    prop_oneof![
        6 => near.prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..40),
        2 => "\\PC{0,30}".prop_map(String::into_bytes),
        1 => (1..3_000_usize).prop_map(|length| b"a,".repeat(length)),
    ]
}

fn encoded(bytes: &[u8]) -> String {
    percent_encode(bytes, NON_ALPHANUMERIC).to_string()
}

/// A part of the query: its name by place among the declared ones, or any; and its value.
#[derive(Clone, Debug)]
enum Pair {
    Declared(prop::sample::Index, Vec<u8>),
    Any(Vec<u8>, Vec<u8>),
    Raw(String),
}

fn pair() -> impl Strategy<Value = Pair> {
    prop_oneof![
        8 => (any::<prop::sample::Index>(), text()).prop_map(|(at, value)| Pair::Declared(at, value)),
        1 => (text(), text()).prop_map(|(name, value)| Pair::Any(name, value)),
        1 => "[a-z%&=+;/?:@!$'()*,.\\[\\]0-9]{0,20}".prop_map(Pair::Raw),
    ]
}

fn header() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let known = [
        ("accept-encoding", "gzip, br;q=0.5, zstd;q=0, *;q=0"),
        ("accept-encoding", "identity;q=0, *;q=0"),
        ("accept-language", "en-US,en;q=0.9,zh;q=nan"),
        ("if-none-match", "*"),
        ("if-none-match", "W/\"a\", \"b"),
        ("range", "bytes=0-18446744073709551615, -1"),
        ("last-event-id", "wip-0123.resource-"),
        ("x-forwarded-for", "1.2.3.4, ::1, unknown"),
        ("content-type", "application/json; charset=utf-16"),
        ("x-request-id", "a/b"),
        ("host", "evil.example:99999"),
        ("content-length", "5"),
        ("cookie", "a=b; ; ="),
        ("origin", "null"),
    ];
    let names = prop::sample::select(known.map(|(name, _)| name).to_vec());
    let wild = prop::collection::vec(prop_oneof![32..=126_u8, 128..=255_u8], 0..60);
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(|(name, value)| (name, value.into())),
        (names.clone(), wild),
        (names, (1..2_000_usize).prop_map(|length| b"a;q=1,".repeat(length))),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let text = text().prop_map(|bytes| Value::from(String::from_utf8_lossy(&bytes)));
    let leaf = prop_oneof![
        4 => text,
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[A-Za-z_]{0,12}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// What a body is made of.
#[derive(Clone, Debug)]
enum Content {
    /// Fields by place among the declared ones over a sound body.
    Fields(Vec<(prop::sample::Index, Value)>),
    Json(Value),
    Bytes(Vec<u8>),
    /// A part of a sound body.
    Truncated(prop::sample::Index),
}

fn content() -> impl Strategy<Value = Content> {
    let field = (any::<prop::sample::Index>(), json_value());
    let bombs = prop::sample::select(vec![
        b"[".repeat(100_000),
        b"{\"a\":".repeat(50_000),
        [b"{\"resource_ids\":".as_slice(), &b"[".repeat(200), &b"]".repeat(200), b"}"].concat(),
        [b"{\"table_name\":\"".as_slice(), &b"\\u0000".repeat(20_000), b"\"}"].concat(),
        format!("{{\"resource_ids\":[{}\"x\"]}}", "\"m1\",".repeat(100_000)).into_bytes(),
        b" ".repeat(1024 * 1024 + 1),
        b"{\"limit\":1e999}".to_vec(),
        format!("{{\"limit\":{}}}", "9".repeat(5_000)).into_bytes(),
        b"{\"table_name\":\"DW_MES_JOB\",\"table_name\":[],\"table_name\":null}".to_vec(),
        b"{\"table_name\":\"\\ud800\"}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\xff\xfe{\0}\0".to_vec(),
        b"{}{}".to_vec(),
    ]);
    prop_oneof![
        6 => prop::collection::vec(field, 0..4).prop_map(Content::Fields),
        1 => json_value().prop_map(Content::Json),
        1 => text().prop_map(Content::Bytes),
        1 => bombs.prop_map(Content::Bytes),
        1 => any::<prop::sample::Index>().prop_map(Content::Truncated),
    ]
}

/// A body that an operation answers with success.
fn sound(operation: &Operation) -> Value {
    match operation.path.as_str() {
        path if path.starts_with("/api/job-query/") => {
            json!({ "resource_ids": ["m1"], "start_date": "2026-11-01", "end_date": "2026-11-30" })
        }
        "/api/get_table_columns" | "/api/query_table" => json!({ "table_name": "DW_MES_JOB" }),
        "/api/dashboard/ou_trend" | "/api/dashboard/utilization_heatmap" => json!({ "days": 7 }),
        "/admin/api/pages" => json!({ "revision": 0, "drawers": [] }),
        _ => json!({}),
    }
}

fn bytes_of(content: &Content, operation: &Operation) -> Vec<u8> {
    match content {
        Content::Fields(fields) => {
            let mut body = sound(operation);
            for (at, value) in fields {
                if !operation.fields.is_empty() {
                    body[at.get(&operation.fields)] = value.clone();
                }
            }
            body.to_string().into_bytes()
        }
        Content::Json(value) => value.to_string().into_bytes(),
        Content::Bytes(bytes) => bytes.clone(),
        Content::Truncated(at) => {
            let mut body = sound(operation).to_string().into_bytes();
            body.truncate(at.index(body.len()));
            body
        }
    }
}

/// One request, before it is known which operation it goes to.
#[derive(Clone, Debug)]
struct Case {
    operation: prop::sample::Index,
    method: Option<&'static str>,
    segment: Vec<u8>,
    pairs: Vec<Pair>,
    headers: Vec<(&'static str, Vec<u8>)>,
    is_json: bool,
    content: Content,
}

fn case() -> impl Strategy<Value = Case> {
    let others = vec!["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"];
    let segment = text().prop_map(|text| if text.is_empty() { b"x".to_vec() } else { text });
    (
        any::<prop::sample::Index>(),
        prop::option::weighted(0.05, prop::sample::select(others)),
        segment,
        prop::collection::vec(pair(), 0..6),
        prop::collection::vec(header(), 0..4),
        prop::bool::weighted(0.9),
        content(),
    )
        .prop_map(|(operation, method, segment, pairs, headers, is_json, content)| Case {
            operation,
            method,
            segment,
            pairs,
            headers,
            is_json,
            content,
        })
}

fn request(case: &Case, operation: &Operation) -> Request<Body> {
    let names = &operation.parameters;
    let pairs: Vec<String> = case
        .pairs
        .iter()
        .map(|pair| match pair {
            Pair::Declared(at, value) if !names.is_empty() => {
                format!("{}={}", at.get(names), encoded(value))
            }
            Pair::Declared(_, value) => encoded(value),
            Pair::Any(name, value) => format!("{}={}", encoded(name), encoded(value)),
            Pair::Raw(text) => text.clone(),
        })
        .collect();
    let mut target = operation.path.clone();
    if let (Some(from), Some(to)) = (target.find('{'), target.find('}')) {
        target.replace_range(from..=to, &encoded(&case.segment));
    }
    if !pairs.is_empty() {
        target = format!("{target}?{}", pairs.join("&"));
    }
    let method = case.method.map_or(operation.method.clone(), |method| method.parse().unwrap());
    let has_body = method == Method::POST || method == Method::PUT;
    let mut request = Request::builder().method(method).uri(target);
    if has_body && case.is_json {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &case.headers {
        request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
    }
    let body = if has_body { bytes_of(&case.content, operation).into() } else { Body::empty() };
    request.body(body).unwrap()
}

/// The defect of the response.
async fn defect(
    service: &Service,
    api: &Value,
    case: &Case,
    operations: &[Operation],
) -> Option<String> {
    let chosen = case.operation.get(operations);
    let request = request(case, chosen);
    // Another method may be another operation of the same path.
    let same = |op: &&Operation| op.path == chosen.path && op.method == request.method();
    let op = operations.iter().find(same).unwrap_or(chosen);
    let shown = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
    let is_head = request.method() == Method::HEAD;
    let (panics, began) = (PANICS.load(Ordering::SeqCst), Instant::now());
    let answered = tokio::time::timeout(LONGEST, answer(service, request)).await;
    let Ok(answer) = answered else { return Some(format!("no answer: {shown}")) };
    let status = answer.status;
    let wrong = if began.elapsed() > LONGEST {
        Some("too slow".to_owned())
    } else if PANICS.load(Ordering::SeqCst) > panics {
        Some("a panic".to_owned())
    } else if op.declared[status.as_str()].is_null() {
        Some("not declared".to_owned())
    } else if status.is_server_error() && !PROBES.contains(&op.path.as_str()) {
        Some("the server's fault".to_owned())
    } else if status.is_client_error() && !is_head {
        failure(api, &answer)
    } else if status == StatusCode::OK && !is_head {
        success(api, op, &answer)
    } else {
        None
    };
    wrong.map(|wrong| {
        let body: String = String::from_utf8_lossy(&answer.body).chars().take(400).collect();
        format!("{wrong}: {status} {shown}\n  body {:?}\n  answer {body}", case.content)
    })
}

async fn answer(service: &Service, request: Request<Body>) -> Answer {
    if request.uri().path() != "/api/events" {
        return service.ask(request).await;
    }
    // The stream has no end.
    let answer = service.send(request).await;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = if status.is_success() { Body::empty() } else { answer.into_body() };
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer { status, headers, body }
}

fn failure(api: &Value, answer: &Answer) -> Option<String> {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return Some("not the error object".to_owned());
    };
    let schema = json!({ "$ref": "#/components/schemas/Failure" });
    let codes: &[&str] = match answer.status.as_u16() {
        400 => &["VALIDATION_ERROR"],
        401 => &["UNAUTHORIZED"],
        403 => &["FORBIDDEN", "CSRF_INVALID"],
        404 => &["NOT_FOUND"],
        409 => &["CONFLICT"],
        405 => &["METHOD_NOT_ALLOWED"],
        413 => &["PAYLOAD_TOO_LARGE"],
        415 => &["UNSUPPORTED_MEDIA_TYPE"],
        429 => &["TOO_MANY_REQUESTS"],
        _ => &[],
    };
    let is_told = codes.iter().any(|code| body["error"]["code"] == *code)
        && body["success"] == false
        && body["error"]["message"].as_str().is_some_and(|message| !message.is_empty())
        && body["meta"]["request_id"] == answer.header("x-request-id")
        && answer.header("content-type") == "application/json";
    mismatch(api, &schema, &body, "failure")
        .or_else(|| (!is_told).then(|| "not the error contract".to_owned()))
}

fn success(api: &Value, operation: &Operation, answer: &Answer) -> Option<String> {
    let schema = &operation.declared["200"]["content"]["application/json"]["schema"];
    if schema.is_null() || answer.headers.contains_key("content-encoding") {
        return None;
    }
    if operation.path == "/api/openapi.json" {
        return None;
    }
    match serde_json::from_slice(&answer.body) {
        Ok(body) => mismatch(api, schema, &body, &operation.path),
        Err(_) => Some("not JSON".to_owned()),
    }
}

fn number_of(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn attack(service: &Service, runtime: &tokio::runtime::Runtime, default_cases: u64) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    let api = runtime.block_on(service.get("/api/openapi.json")).json();
    let operations = operations(&api);
    let (seed, cases) =
        (number_of("FUZZ_SEED", 20_261_121), number_of("FUZZ_CASES", default_cases));
    let config = ProptestConfig {
        cases: u32::try_from(cases).unwrap(),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let outcome = TestRunner::new_with_rng(config, random).run(&case(), |case| {
        let wrong = runtime.block_on(defect(service, &api, &case, &operations));
        wrong.map_or(Ok(()), |wrong| Err(TestCaseError::fail(wrong)))
    });
    if let Err(error) = outcome {
        panic!("FUZZ_SEED={seed} FUZZ_CASES={cases}: {error}");
    }
}

#[test]
fn no_request_is_a_defect_over_sqlite() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (service, _folder) = runtime.block_on(crate::queries::over_whole_sqlite());
    attack(&service, &runtime, 10_000);
}

#[test]
fn no_request_is_a_defect_over_postgres() {
    let server = crate::postgres::Server::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(crate::queries::over_whole_postgres(&server));
    attack(&service, &runtime, 5_000);
}
