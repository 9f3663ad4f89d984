//! Cookies: their names, their attributes, and how they are read without trusting them.

use axum::http::{HeaderMap, header};

/// The attributes of cookies: browsers keep a `Secure` cookie only from HTTPS, so that development
/// on plain HTTP uses other names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKind {
    /// `__Host-` and `Secure`: from HTTPS, from this very host, for all its paths.
    Secure,
    /// For plain HTTP in development and in the demo.
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieUse {
    Session,
    /// Binds the sign-in form to the browser that it was sent to.
    SignInForm,
    /// Lists the names that have signed in with this browser.
    Device,
    /// What this browser has seen of the plant: see `sharing::ReadToken`.
    Read,
    /// What was announced to a page of this browser; the page sets it.
    Announced,
}

/// What a request holds under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent<'a> {
    Nothing,
    /// One value.
    One(&'a str),
    /// Several: one of them is not ours, and they can't be distinguished.
    Several,
}

impl CookieKind {
    /// Name of the cookie.
    pub fn name(self, purpose: CookieUse) -> &'static str {
        match (self, purpose) {
            (Self::Secure, CookieUse::Session) => "__Host-mes_session",
            (Self::Secure, CookieUse::SignInForm) => "__Host-mes_sign_in",
            (Self::Secure, CookieUse::Device) => "__Host-mes_device",
            (Self::Secure, CookieUse::Read) => "__Host-mes_read",
            (Self::Plain, CookieUse::Session) => "mes_session",
            (Self::Plain, CookieUse::SignInForm) => "mes_sign_in",
            (Self::Plain, CookieUse::Device) => "mes_device",
            (Self::Plain, CookieUse::Read) => "mes_read",
            (_, CookieUse::Announced) => "mes_announced",
        }
    }

    /// The value that was sent; a cookie that is not text does not count.
    pub fn sent(self, purpose: CookieUse, headers: &HeaderMap) -> Sent<'_> {
        let name = self.name(purpose);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut values = lines.flat_map(|line| line.split(';')).filter_map(|pair| {
            let (known, value) = pair.trim().split_once('=')?;
            (known.trim_end() == name).then(|| value.trim())
        });
        match (values.next(), values.next()) {
            (None, _) => Sent::Nothing,
            (Some(value), None) => Sent::One(value),
            (Some(_), Some(_)) => Sent::Several,
        }
    }

    /// The `Set-Cookie` that gives a browser `value`; until it is closed without `max_age_secs`.
    pub fn set(self, purpose: CookieUse, value: &str, max_age_secs: Option<u64>) -> String {
        let (name, secure) = (self.name(purpose), self.secure());
        let age = max_age_secs.map_or(String::new(), |secs| format!("; Max-Age={secs}"));
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")
    }

    /// The `Set-Cookie` that removes it.
    pub fn remove(self, purpose: CookieUse) -> String {
        self.set(purpose, "", Some(0))
    }

    fn secure(self) -> &'static str {
        match self {
            Self::Secure => "; Secure",
            Self::Plain => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn one_value_is_taken_and_several_are_not() {
        for (lines, expected) in [
            (&[][..], Sent::Nothing),
            (&[&b"other=1; mes_session=a"[..]], Sent::One("a")),
            (&[b" mes_session = a ;x"], Sent::One("a")),
            (&[b"mes_session="], Sent::One("")),
            (&[b"mes_session=a=b"], Sent::One("a=b")),
            (&[b"xmes_session=a; mes_sessionx=a; MES_SESSION=a; mes_session"], Sent::Nothing),
            (&[b"__Host-mes_session=a"], Sent::Nothing),
            (&[b"mes_session=a; mes_session=b"], Sent::Several),
            (&[b"mes_session=a; mes_session=a"], Sent::Several),
            (&[b"mes_session=a", b"mes_session=b"], Sent::Several),
            (&[b"mes_session=\xff\xfe"], Sent::Nothing),
            (&[b";;;=;==;"], Sent::Nothing),
        ] {
            let headers = headers(lines);
            assert_eq!(CookieKind::Plain.sent(CookieUse::Session, &headers), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_secure_cookie_has_all_its_marks() {
        let secure = CookieKind::Secure.set(CookieUse::Session, "v", Some(60));
        let expected = "__Host-mes_session=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60";
        assert_eq!(secure, expected);
        assert_eq!(
            CookieKind::Plain.remove(CookieUse::Session),
            "mes_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }
}
