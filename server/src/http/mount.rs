//! The service below a path of its host (`BASE_PATH`).
//!
//! A proxy passes requests on with the path as it came (or without the prefix: that works as well, and
//! probes of the server itself need none). Inside, paths have no prefix; what a browser gets has it:
//! redirects and cookies here, the addresses of the page's files in the page itself. Cookies of one path
//! can't have names that begin with `__Host-`, which browsers keep for whole hosts.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tower::{Service, service_fn};

/// Where the service is: empty, or `/` and segments without a `/` at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct BasePath(String);

impl std::str::FromStr for BasePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.trim_end_matches('/');
        let is_plain = |one: char| one.is_ascii_alphanumeric() || "._~-".contains(one);
        let is_segment = |segment: &str| {
            !segment.is_empty() && segment.chars().all(is_plain) && !matches!(segment, "." | "..")
        };
        let is_path =
            |path: &str| path.strip_prefix('/').is_some_and(|path| path.split('/').all(is_segment));
        if path.is_empty() || is_path(path) {
            Ok(Self(path.to_owned()))
        } else {
            Err(format!(
                "BASE_PATH takes a path such as /mes, of letters, digits and . _ ~ -, got {text:?}"
            ))
        }
    }
}

impl BasePath {
    /// The prefix: empty, or as in `/mes`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// HTML whose own files are addressed from here: absolute paths and those relative to the root.
    pub fn inside(&self, html: &str) -> String {
        ["href", "src"].iter().fold(html.to_owned(), |html, attribute| {
            let here = format!("{attribute}=\"{}/", self.0);
            let html = html.replace(&format!("{attribute}=\"./"), &format!("{attribute}=\"/"));
            html.replace(&format!("{attribute}=\"/"), &here)
        })
    }

    /// A path without the prefix; `None` where it has none.
    fn without<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&self.0).filter(|rest| rest.starts_with('/'))
    }
}

/// `router` below a path.
pub fn mount(router: Router, base: &BasePath) -> Router {
    if base.0.is_empty() {
        return router;
    }
    let base = base.clone();
    Router::new().fallback_service(service_fn(move |request: Request| {
        let (mut router, base) = (router.clone(), base.clone());
        async move { Ok::<_, Infallible>(answer(&mut router, &base, request).await) }
    }))
}

async fn answer(router: &mut Router, base: &BasePath, mut request: Request) -> Response {
    if request.uri().path() == base.0 {
        let query = request.uri().query().map_or(String::new(), |query| format!("?{query}"));
        let to = HeaderValue::from_str(&format!("{}/{query}", base.0));
        return match to {
            Ok(to) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        };
    }
    if let Some(uri) = inner(base, request.uri()) {
        *request.uri_mut() = uri;
    }
    receive_cookies(request.headers_mut());
    let Ok(mut response) = Service::<Request<Body>>::call(router, request).await;
    let headers = response.headers_mut();
    let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok());
    let is_ours = |to: &&str| to.starts_with('/') && !to.starts_with("//");
    if let Some(to) = to.filter(is_ours).filter(|to| base.without(to).is_none())
        && let Ok(to) = HeaderValue::from_str(&format!("{}{to}", base.0))
    {
        headers.insert(header::LOCATION, to);
    }
    send_cookies(base, headers);
    response
}

fn inner(base: &BasePath, uri: &Uri) -> Option<Uri> {
    let path = base.without(uri.path())?;
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{path}{query}")).ok()?);
    Uri::from_parts(parts).ok()
}

/// Cookies of this path under the names that they have inside.
fn receive_cookies(headers: &mut HeaderMap) {
    for line in headers.get_all(header::COOKIE).iter().cloned().collect::<Vec<_>>() {
        let Ok(text) = line.to_str() else { continue };
        if !text.contains("__Secure-mes_") {
            continue;
        }
        let pairs = text.split(';').map(str::trim_start);
        let pairs = pairs.map(|pair| match pair.strip_prefix("__Secure-mes_") {
            Some(rest) => format!("__Host-mes_{rest}"),
            None => pair.to_owned(),
        });
        let renamed = HeaderValue::from_str(&pairs.collect::<Vec<_>>().join("; "));
        let others = headers.get_all(header::COOKIE).iter();
        let others: Vec<_> = others.filter(|other| **other != line).cloned().collect();
        headers.remove(header::COOKIE);
        for line in renamed.into_iter().chain(others) {
            headers.append(header::COOKIE, line);
        }
    }
}

fn send_cookies(base: &BasePath, headers: &mut HeaderMap) {
    let lines: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for line in lines {
        let here = line.to_str().ok().and_then(|text| {
            let text = text.replace("; Path=/;", &format!("; Path={};", base.0));
            let renamed = text.strip_prefix("__Host-").map(|rest| format!("__Secure-{rest}"));
            HeaderValue::from_str(&renamed.unwrap_or(text)).ok()
        });
        headers.append(header::SET_COOKIE, here.unwrap_or(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_empty_or_plain_segments() {
        for (text, path) in
            [("", ""), ("/", ""), ("/mes", "/mes"), ("/mes/", "/mes"), ("/a/b-1.x~", "/a/b-1.x~")]
        {
            assert_eq!(text.parse::<BasePath>().unwrap().as_str(), path, "{text}");
        }
        for text in ["mes", "/a//b", "/..", "/a/./b", "/a b", "/\"", "/é", "//x", "/a?b", "/%2e"] {
            let error = text.parse::<BasePath>().unwrap_err();
            assert!(error.contains("BASE_PATH"), "{error}");
        }
    }

    #[test]
    fn html_addresses_its_files_from_the_base() {
        let html = r#"<link href="./a.css"><script src="/b.js"></script><a href="https://x/">"#;
        let base: BasePath = "/mes".parse().unwrap();
        let here =
            r#"<link href="/mes/a.css"><script src="/mes/b.js"></script><a href="https://x/">"#;
        assert_eq!(base.inside(html), here);
        let root = r#"<link href="/a.css"><script src="/b.js"></script><a href="https://x/">"#;
        assert_eq!(BasePath::default().inside(html), root);
    }
}
