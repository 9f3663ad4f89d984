//! Conservative headers on every response.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Scripts only from this origin, no inline script, wasm allowed; charts and virtual tables set
/// style attributes, so those (and nothing else) may be inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; \
    script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; \
    font-src 'self' data:; \
    connect-src 'self'; \
    worker-src 'self' blob:; \
    object-src 'none'; \
    base-uri 'none'; \
    form-action 'self'; \
    frame-ancestors 'self'";

/// The policy for pages that these origins may show in a frame.
pub fn policy_for_frames(origins: &[String]) -> Option<HeaderValue> {
    if origins.is_empty() {
        return None;
    }
    HeaderValue::from_str(&format!("{CONTENT_SECURITY_POLICY} {}", origins.join(" "))).ok()
}

/// Sets the headers that a response does not already have. `hsts_max_age` is the `max-age` of
/// `Strict-Transport-Security`; 0 omits it. `framed` is the policy of pages that others may frame.
pub fn add(headers: &mut HeaderMap, hsts_max_age: u32, framed: Option<&HeaderValue>) {
    let hsts = HeaderValue::from_str(&format!("max-age={hsts_max_age}"));
    if let Some(hsts) = hsts.ok().filter(|_| hsts_max_age > 0) {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(hsts);
    }
    let defaults = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "accelerometer=(), bluetooth=(), browsing-topics=(), camera=(), display-capture=(), \
             geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), \
             payment=(), serial=(), usb=()",
        ),
    ];
    // X-Frame-Options knows no origins; a page that sends its own may not be framed at all.
    if let Some(framed) = framed
        && !headers.contains_key(header::X_FRAME_OPTIONS)
    {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| framed.clone());
    }
    for (name, value) in defaults {
        if name == header::X_FRAME_OPTIONS && framed.is_some() {
            continue;
        }
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
