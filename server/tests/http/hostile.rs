//! Whatever comes as parameter, path or body: an answer, or an error that names the caller's fault.

use std::sync::LazyLock;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::prelude::*;

use crate::service::Service;

static SERVICE: LazyLock<Service> = LazyLock::new(Service::loaded);
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

const READS: [&str; 22] = [
    "/api/wip/overview/summary",
    "/api/wip/overview/matrix",
    "/api/wip/overview/hold",
    "/api/wip/detail/{}",
    "/api/wip/lot/{}",
    "/api/wip/meta/workcenters",
    "/api/wip/meta/packages",
    "/api/wip/meta/search",
    "/api/wip/hold-detail/summary",
    "/api/wip/hold-detail/distribution",
    "/api/wip/hold-detail/lots",
    "/api/wip/qc-gate",
    "/api/hold-overview/summary",
    "/api/hold-overview/matrix",
    "/api/hold-overview/treemap",
    "/api/hold-overview/lots",
    "/api/resource/status",
    "/api/resource/status/summary",
    "/api/resource/status/matrix",
    "/api/snapshot/wip",
    "/api/snapshot/{}",
    "/{}",
];

const NAMES: [&str; 24] = [
    "workorder",
    "lotid",
    "package",
    "type",
    "include_dummy",
    "status",
    "hold_type",
    "page",
    "page_size",
    "per_page",
    "limit",
    "field",
    "q",
    "reason",
    "age_range",
    "workcenter_groups",
    "status_categories",
    "since",
    "columns",
    "format",
    "workcenter",
    "department",
    "sort",
    "descending",
];

/// Values near what is allowed, and bytes that are nothing.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(vec![
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
            "99999999999999999999",
            "1e9",
            "0x10",
            "7+",
            "all",
            "display",
            "自行暫停",
            "焊接_WB",
            ",,,",
            "..",
            "../../etc/passwd",
            "'; DROP TABLE lots; --",
            "%s%n",
            "\u{0}",
            "İ",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
        "\\PC{0,30}".prop_map(String::into_bytes),
    ]
}

fn encoded(bytes: &[u8]) -> String {
    percent_encode(bytes, NON_ALPHANUMERIC).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_request_is_a_defect_of_the_server(
        path in prop::sample::select(&READS[..]),
        segment in value(),
        pairs in prop::collection::vec((prop::sample::select(&NAMES[..]), value()), 0..5),
        coding in "[a-z*;=, 0-9.q]{0,30}",
        tag in "[!-~]{0,20}",
    ) {
        let query: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let target = format!("{}?{}", path.replace("{}", &encoded(&segment)), query.join("&"));
        let status = RUNTIME.block_on(async {
            let headers = [("accept-encoding", coding.as_str()), ("if-none-match", tag.as_str())];
            let answer = SERVICE.get_with(&target, &headers).await;
            if answer.status.is_client_error() && path != "/{}" {
                let body = answer.json();
                assert!(body["error"]["code"].is_string(), "{body}");
            }
            answer.status.as_u16()
        });
        prop_assert!([200, 304, 400, 404].contains(&status), "{status} {target}");
    }

    #[test]
    fn no_body_is_a_defect_of_the_server(body in prop_oneof![
        value(),
        "\\{\"filters\":(\\{\"is(Key|Monitor)\":(true|1|null|\"x\"|\\[\\])\\}|\\[\\]|3|null)\\}"
            .prop_map(String::into_bytes),
    ]) {
        let status = RUNTIME.block_on(async {
            SERVICE.post("/api/dashboard/kpi", "application/json", body.clone()).await.status
        });
        prop_assert!([200, 400].contains(&status.as_u16()), "{status} {body:?}");
    }
}
