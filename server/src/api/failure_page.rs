//! A failure on the address of a page: shown to a person, with the way back.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::error::ApiError;
use super::language::Language;
use super::sign_in::escaped;

/// Writes the page into the empty answer that carried the failure, keeping its headers.
pub fn show(
    error: &ApiError,
    request_id: &str,
    retry_after_seconds: Option<u32>,
    language: Language,
    carrier: Response,
) -> Response {
    let (title, back) = match language {
        Language::TraditionalChinese => ("此頁目前無法顯示", "返回儀表板"),
        Language::English => ("This page can't be shown", "Back to the dashboards"),
    };
    let message = escaped(error.message(language));
    let (tag, id) = (language.tag(), escaped(request_id));
    let html = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n<p>{message}</p>\n<p><a href=\"/\">{back}</a></p>\n\
         <p><small>{id}</small></p>\n</html>\n"
    );
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
