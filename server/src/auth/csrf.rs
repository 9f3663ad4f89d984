//! Whether a request that changes something was meant by the person whose browser sent it. Pure.
//!
//! Both checks have to pass. The origin: browsers send in `Sec-Fetch-Site`, older ones in `Origin`,
//! which page caused the request. The token: a signature over the session (over a random cookie,
//! for the sign-in form), which no page of another origin can read. Other clients send no origin;
//! they get the token from `GET /api/session`.

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

/// Why a request is rejected.
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

pub fn session_token(key: &SecretKey, session: &Session) -> String {
    key.sign(SESSION_TOKEN, session.id_hash.as_bytes())
}

/// Whether a token is that of a session.
///
/// # Errors
/// It is missing, or belongs to another session.
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
/// It or the cookie is missing, or they do not match.
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

/// Under which names the server is asked.
#[derive(Clone, Debug, Default)]
pub struct OwnNames<'a> {
    /// The hosts that trusted proxies were requested under.
    pub forwarded_hosts: Vec<&'a str>,
    /// The ports that trusted proxies were requested under.
    pub forwarded_ports: Vec<u16>,
    /// Whether proxies are trusted. Many pass a host on without its port, which then does not count.
    pub behind_proxy: bool,
}

impl OwnNames<'_> {
    /// Whether the request was sent to `origin`; `host` is the host of the request itself.
    fn hold(&self, origin: &str, host: &str) -> bool {
        let https = origin.strip_prefix("https://").map(|rest| (rest, 443));
        let plain = || origin.strip_prefix("http://").map(|rest| (rest, 80));
        let Some((named, usual)) = https.or_else(plain) else { return false };
        let Some((name, port)) = host_and_port(named) else { return false };
        let asked = std::iter::once(host).chain(self.forwarded_hosts.iter().copied());
        asked.filter_map(host_and_port).any(|(own, own_port)| {
            let same_port = match own_port {
                Some(own_port) => own_port == port.unwrap_or(usual),
                None if !self.behind_proxy => port.is_none(),
                None if self.forwarded_ports.is_empty() => true,
                None => self.forwarded_ports.contains(&port.unwrap_or(usual)) || port.is_none(),
            };
            own.eq_ignore_ascii_case(name) && same_port
        })
    }
}

/// A host, and a port where there is one; `None` for what is neither.
fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let is_host = |host: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b);
        !host.is_empty() && host.bytes().all(plain)
    };
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address are inside of brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (text, None),
    };
    is_host(host).then_some((host, port))
}

/// Whether a page of this origin sent a request, or no page at all.
///
/// # Errors
/// A page of another origin, or of one that hides itself, sent it.
pub fn check_origin(headers: &HeaderMap, names: &OwnNames<'_>) -> Result<(), CsrfViolation> {
    let text = |name: &str| -> Option<&str> {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?.to_str().unwrap_or_default();
        // No browser sends two of them.
        Some(if values.next().is_some() { "" } else { first })
    };
    // A page can't change this header, and a proxy does not.
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") {
            Ok(())
        } else {
            Err(CsrfViolation::ForeignOrigin)
        };
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Ok(()) };
    let ours = text(header::HOST.as_str()).unwrap_or_default();
    if names.hold(origin, ours) { Ok(()) } else { Err(CsrfViolation::ForeignOrigin) }
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
            assert_eq!(check_origin(&headers, &OwnNames::default()), expected, "{sent:?}");
        }
        let mut without_host = HeaderMap::new();
        without_host.insert("origin", HeaderValue::from_static("https://"));
        assert_eq!(check_origin(&without_host, &OwnNames::default()), foreign);
    }

    #[test]
    fn behind_a_proxy_the_name_and_port_are_those_that_the_browser_asked() {
        let foreign = Err(CsrfViolation::ForeignOrigin);
        for (host, forwarded_host, port, origin, direct, behind) in [
            // The browser's host with its port is passed on.
            ("mes.plant:8443", "", None, "https://mes.plant:8443", Ok(()), Ok(())),
            ("mes.plant:8443", "", None, "https://mes.plant", foreign, foreign),
            ("mes.plant:443", "", None, "https://mes.plant", Ok(()), Ok(())),
            ("mes.plant:443", "", None, "http://mes.plant", foreign, foreign),
            ("[2001:db8::1]:8443", "", None, "https://[2001:db8::1]:8443", Ok(()), Ok(())),
            ("[2001:db8::1]", "", None, "https://[2001:db8::1]", Ok(()), Ok(())),
            // Without it, as nginx does with $host.
            ("mes.plant", "", None, "https://mes.plant:8443", foreign, Ok(())),
            ("mes.plant", "", Some(8443), "https://mes.plant:8443", foreign, Ok(())),
            ("mes.plant", "", Some(8443), "https://mes.plant:9443", foreign, foreign),
            // The name of the server inside.
            ("10.0.0.11:8080", "mes.plant:8443", None, "https://mes.plant:8443", foreign, Ok(())),
            ("10.0.0.11:8080", "mes.plant", Some(8443), "https://mes.plant:8443", foreign, Ok(())),
            ("10.0.0.11:8080", "mes.plant", None, "https://evil.example", foreign, foreign),
            ("mes.plant", "", None, "https://mes.plant:evil", foreign, foreign),
            ("mes.plant", "", None, "https://mes.plant@evil.example:8443", foreign, foreign),
            ("mes.plant", "", None, "https://mes.plant.evil.example:8443", foreign, foreign),
            ("mes.plant", "", None, "null", foreign, foreign),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static(host));
            headers.insert("origin", HeaderValue::from_static(origin));
            let hosts = Some(forwarded_host).filter(|host| !host.is_empty());
            let names = OwnNames {
                forwarded_hosts: hosts.into_iter().collect(),
                forwarded_ports: port.into_iter().collect(),
                behind_proxy: true,
            };
            let said = format!("{host} {forwarded_host} {port:?} {origin}");
            assert_eq!(check_origin(&headers, &OwnNames::default()), direct, "{said}");
            assert_eq!(check_origin(&headers, &names), behind, "{said}");
        }
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
