//! Whether a request that changes something was meant by the person whose browser sent it. Pure.
//!
//! Two checks, both of which have to hold. The origin: browsers say by `Sec-Fetch-Site`, older ones
//! by `Origin`, which page made them send a request. The token: a signature over the session (over a
//! random cookie, for the sign-in form), which no page of another origin can read. Programs that are
//! no browser say no origin; they have the token from `GET /api/session`.

use axum::http::{HeaderMap, header};

use super::secret_key::SecretKey;
use super::session::Session;

/// What tokens of a session are signed for.
const SESSION_TOKEN: &str = "csrf token";
/// What tokens of the sign-in form are signed for.
const FORM_TOKEN: &str = "sign-in form";

/// What a failed check does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsrfMode {
    /// The request is refused.
    Enforce,
    /// It is logged and let through.
    Report,
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsrfViolation {
    /// A page of another site sent it.
    #[error("a page of another origin sent it")]
    ForeignOrigin,
    /// It came without a token.
    #[error("it has no token")]
    NoToken,
    /// It came with one that is not this session's.
    #[error("its token is not that of the session")]
    WrongToken,
}

/// The token of a session.
pub fn session_token(key: &SecretKey, session: &Session) -> String {
    key.sign(SESSION_TOKEN, session.id_hash.as_bytes())
}

/// Whether a token is that of a session.
///
/// # Errors
/// It is not there, or another's.
pub fn check_session_token(
    key: &SecretKey,
    session: &Session,
    token: Option<&str>,
) -> Result<(), CsrfViolation> {
    check(key, SESSION_TOKEN, session.id_hash.as_bytes(), token)
}

/// The token of a sign-in form whose browser holds `cookie`.
pub fn form_token(key: &SecretKey, cookie: &str) -> String {
    key.sign(FORM_TOKEN, cookie.as_bytes())
}

/// Whether a token is that of the form whose browser holds `cookie`.
///
/// # Errors
/// It or the cookie is not there, or it is another's.
pub fn check_form_token(
    key: &SecretKey,
    cookie: Option<&str>,
    token: Option<&str>,
) -> Result<(), CsrfViolation> {
    let cookie = cookie.filter(|cookie| !cookie.is_empty()).ok_or(CsrfViolation::NoToken)?;
    check(key, FORM_TOKEN, cookie.as_bytes(), token)
}

fn check(
    key: &SecretKey,
    purpose: &str,
    message: &[u8],
    token: Option<&str>,
) -> Result<(), CsrfViolation> {
    let token = token.filter(|token| !token.is_empty()).ok_or(CsrfViolation::NoToken)?;
    if key.holds(purpose, message, token) { Ok(()) } else { Err(CsrfViolation::WrongToken) }
}

/// Whether a page of this origin sent a request, or no page at all.
///
/// # Errors
/// A page of another origin, or of one that hides itself, sent it.
pub fn check_origin(headers: &HeaderMap) -> Result<(), CsrfViolation> {
    let text = |name: &str| -> Option<&str> {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?.to_str().unwrap_or_default();
        // Two of them are no browser's.
        Some(if values.next().is_some() { "" } else { first })
    };
    // A browser that sends this can't be made to lie by a page, and a proxy does not change it.
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") {
            Ok(())
        } else {
            Err(CsrfViolation::ForeignOrigin)
        };
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Ok(()) };
    let ours = text(header::HOST.as_str()).unwrap_or_default();
    let named = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    match named {
        Some(host) if !host.is_empty() && host.eq_ignore_ascii_case(ours) => Ok(()),
        _ => Err(CsrfViolation::ForeignOrigin),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_pages_of_this_origin_and_programs_may_change_something() {
        let foreign = Err(CsrfViolation::ForeignOrigin);
        let (site, origin) = ("sec-fetch-site", "origin");
        for (sent, expected) in [
            (&[][..], Ok(())),
            (&[(site, "same-origin")], Ok(())),
            (&[(site, "none")], Ok(())),
            (&[(site, "same-site")], foreign),
            (&[(site, "cross-site")], foreign),
            (&[(site, "")], foreign),
            (&[(site, "SAME-ORIGIN")], foreign),
            (&[(site, "same-origin"), (site, "cross-site")], foreign),
            (&[(site, "cross-site"), (origin, "https://mes.plant")], foreign),
            // A proxy that rewrites Host does not lock users out.
            (&[(site, "same-origin"), (origin, "https://public.name")], Ok(())),
            (&[(origin, "https://mes.plant")], Ok(())),
            (&[(origin, "http://MES.plant")], Ok(())),
            (&[(origin, "https://mes.plant:8443")], foreign),
            (&[(origin, "https://mes.plant.evil.example")], foreign),
            (&[(origin, "https://evil.example")], foreign),
            (&[(origin, "https://mes.plant@evil.example")], foreign),
            (&[(origin, "ftp://mes.plant")], foreign),
            (&[(origin, "mes.plant")], foreign),
            (&[(origin, "null")], foreign),
            (&[(origin, "")], foreign),
            (&[(origin, "https://")], foreign),
            (&[(origin, "https://mes.plant"), (origin, "https://evil.example")], foreign),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("mes.plant"));
            for (name, value) in sent {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(check_origin(&headers), expected, "{sent:?}");
        }
        let mut without_host = HeaderMap::new();
        without_host.insert("origin", HeaderValue::from_static("https://"));
        assert_eq!(check_origin(&without_host), foreign);
    }

    #[test]
    fn a_form_token_belongs_to_one_cookie() {
        let key = SecretKey::random().unwrap();
        let token = form_token(&key, "cookie");
        assert_eq!(check_form_token(&key, Some("cookie"), Some(&token)), Ok(()));
        let wrong = Err(CsrfViolation::WrongToken);
        assert_eq!(check_form_token(&key, Some("other"), Some(&token)), wrong);
        assert_eq!(check_form_token(&key, Some("cookie"), Some("x")), wrong);
        let none = Err(CsrfViolation::NoToken);
        for (cookie, token) in
            [(None, Some(token.as_str())), (Some(""), Some(&token)), (Some("cookie"), None)]
        {
            assert_eq!(check_form_token(&key, cookie, token), none);
        }
    }
}
