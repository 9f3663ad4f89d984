//! A failure on the address of a page, or of a form: shown to a person, with the way back.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::error::ApiError;
use super::html::escaped;
use super::language::Language;
use super::mount::BasePath;

/// What a person did whose request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Went to an address.
    Address,
    /// Sent a form: all forms are about signing in and out.
    Form,
}

/// Writes the page into the empty response of the failure, keeping its headers.
pub fn show(
    shown: Shown,
    error: &ApiError,
    request_id: &str,
    retry_after_seconds: Option<u32>,
    language: Language,
    base: &BasePath,
    carrier: Response,
) -> Response {
    let (title, back) = match (language, shown) {
        (Language::TraditionalChinese, Shown::Address) => ("此頁目前無法顯示", "返回儀表板"),
        (Language::English, Shown::Address) => {
            ("This page can't be shown", "Back to the dashboards")
        }
        (Language::TraditionalChinese, Shown::Form) => ("無法處理", "返回儀表板"),
        (Language::English, Shown::Form) => ("Not done", "Back to the dashboards"),
    };
    let again = match (language, shown) {
        (_, Shown::Address) => String::new(),
        (Language::TraditionalChinese, Shown::Form) => sign_in_link("回到登入頁"),
        (Language::English, Shown::Form) => sign_in_link("Back to the sign-in page"),
    };
    let message = escaped(error.message(language));
    let (tag, id) = (language.tag(), escaped(request_id));
    let html = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n<p>{message}</p>\n{again}<p><a href=\"/\">{back}</a></p>\n\
         <p><small>{id}</small></p>\n</html>\n"
    );
    let html = base.inside(&html);
    let (mut parts, _) = carrier.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let html_type = HeaderValue::from_static("text/html; charset=utf-8");
    parts.headers.insert(header::CONTENT_TYPE, html_type);
    parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag));
    parts.headers.append(header::VARY, HeaderValue::from_static("accept, accept-language"));
    if let Some(seconds) = retry_after_seconds {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Response::from_parts(parts, Body::from(html))
}

fn sign_in_link(words: &str) -> String {
    format!("<p><a href=\"/admin/login\">{words}</a></p>\n")
}
