//! What the API's own description allows as an answer.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::http::Answer;

/// Codes that are declared everywhere, and still mean a bug.
const BUGS: [&str; 2] = ["INTERNAL_ERROR", "DB_QUERY_ERROR"];
/// Answers after which a client may try again, and is told when.
const PUT_OFF: [u16; 3] = [429, 503, 504];

/// Statuses by path, and the codes of failures.
#[derive(Debug)]
pub(crate) struct Contract {
    statuses: HashMap<String, HashSet<u16>>,
    codes: HashSet<String>,
}

/// What an answer is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has what was asked for.
    Answered,
    /// It says by this code why not, as the contract has it.
    Refused(String),
    /// It is none of the contract, or reports a bug.
    Undeclared(String),
}

impl Contract {
    /// Reads an OpenAPI document.
    ///
    /// # Errors
    /// It does not list the codes.
    pub(crate) fn parse(description: &Value) -> Result<Self, String> {
        let paths = description["paths"].as_object().into_iter().flatten();
        let statuses = paths.map(|(path, operations)| {
            let responses = operations["get"]["responses"].as_object().into_iter().flatten();
            (path.clone(), responses.filter_map(|(status, _)| status.parse().ok()).collect())
        });
        let codes = description["components"]["schemas"]["ErrorCode"]["enum"].as_array();
        let codes = codes.ok_or("the description of the API has no ErrorCode")?;
        let codes = codes.iter().filter_map(Value::as_str).map(str::to_owned);
        Ok(Self { statuses: statuses.collect(), codes: codes.collect() })
    }

    /// Judges the answer to a GET of `path`, as the description writes it.
    pub(crate) fn judge(&self, path: &str, answer: &Answer) -> Verdict {
        let status = answer.status.as_u16();
        if [200, 304].contains(&status) {
            return Verdict::Answered;
        }
        let body = answer.json();
        let code = body["error"]["code"].as_str().unwrap_or_default();
        let undeclared =
            |why: &str| Verdict::Undeclared(format!("{status} {code} at {path}: {why}"));
        if body["success"] != false || !self.codes.contains(code) {
            let start: String = String::from_utf8_lossy(&answer.body).chars().take(80).collect();
            return undeclared(&format!("not a failure of the contract: {start:?}"));
        }
        if !self.statuses.get(path).is_some_and(|statuses| statuses.contains(&status)) {
            return undeclared("the description does not list this status");
        }
        if BUGS.contains(&code) {
            return undeclared(body["error"]["message"].as_str().unwrap_or_default());
        }
        let told = body["meta"]["retry_after_seconds"].as_u64().map(|seconds| seconds.to_string());
        if PUT_OFF.contains(&status) && told.as_deref() != Some(answer.header("retry-after")) {
            return undeclared("Retry-After is not meta.retry_after_seconds");
        }
        Verdict::Refused(format!("{status} {code}"))
    }
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, StatusCode};
    use serde_json::json;

    use super::*;

    fn answer(status: u16, retry_after: Option<&'static str>, body: &Value) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = retry_after {
            headers.insert("retry-after", seconds.parse().unwrap());
        }
        let body = body.to_string().into();
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body }
    }

    #[test]
    fn only_what_is_described_is_declared() {
        let contract = Contract::parse(&json!({
            "paths": { "/api/a": { "get": { "responses": { "200": {}, "500": {}, "503": {} } } } },
            "components": { "schemas": { "ErrorCode": { "enum": ["BUSY", "INTERNAL_ERROR"] } } },
        }))
        .unwrap();
        let failure = |code: &str, seconds: u64| json!({ "success": false, "error": { "code": code }, "meta": { "retry_after_seconds": seconds } });
        let judge =
            |status, after, body: &Value| contract.judge("/api/a", &answer(status, after, body));
        assert_eq!(judge(200, None, &json!({})), Verdict::Answered);
        assert_eq!(judge(304, None, &json!({})), Verdict::Answered);
        assert_eq!(judge(503, Some("3"), &failure("BUSY", 3)), Verdict::Refused("503 BUSY".into()));
        for (status, after, body) in [
            (503, Some("4"), failure("BUSY", 3)),
            (503, None, failure("BUSY", 3)),
            (503, Some("3"), failure("OTHER", 3)),
            (504, Some("3"), failure("BUSY", 3)),
            (500, None, failure("INTERNAL_ERROR", 3)),
            (502, None, json!("<html>")),
        ] {
            assert!(
                matches!(judge(status, after, &body), Verdict::Undeclared(_)),
                "{status} {body}"
            );
        }
    }
}
