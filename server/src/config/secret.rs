//! Addresses with passwords in them, as logs may show them.

/// The address without its password; "not set" without an address.
pub(super) fn redacted(address: Option<&str>) -> String {
    let Some(address) = address else { return "not set".to_owned() };
    let Ok(mut url) = url::Url::parse(address) else {
        return "an address that can't be read".to_owned();
    };
    let is_secret = |name: &str| name.to_ascii_lowercase().contains("pass");
    if url.query_pairs().any(|(name, _)| is_secret(&name)) {
        url.set_query(Some("***"));
    } else if url.password().is_none() {
        return address.to_owned();
    }
    if url.password().is_some() {
        // Can't fail for an address that has a password.
        let _ = url.set_password(Some("***"));
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_password_is_never_shown() {
        for (address, shown) in [
            (None, "not set"),
            (Some("redis://cache:6379/1"), "redis://cache:6379/1"),
            (Some("redis://:s3cret@cache:6379/1"), "redis://:***@cache:6379/1"),
            (Some("postgres://reader:s3cret@db/mes"), "postgres://reader:***@db/mes"),
            (Some("postgres://db/mes?user=a&Password=s3cret"), "postgres://db/mes?***"),
            (Some("postgres://a:s3cret@db/mes?sslpassword=s3cret"), "postgres://a:***@db/mes?***"),
            (Some("s3cret"), "an address that can't be read"),
        ] {
            assert_eq!(redacted(address), shown);
        }
    }
}
