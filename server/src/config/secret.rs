//! Addresses with passwords in them, as logs may show them.

/// The address without its password; "not set" without an address.
pub(super) fn redacted(address: Option<&str>) -> String {
    let Some(address) = address else { return "not set".to_owned() };
    let Ok(mut url) = url::Url::parse(address) else { return redacted_list(address) };
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

/// The same for an address with several hosts (`postgres://USER@DB1:5432,DB2/NAME`), which is no URL.
fn redacted_list(address: &str) -> String {
    let unreadable = || "an address that can't be read".to_owned();
    let Some((scheme, rest)) = address.split_once("://") else { return unreadable() };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    // What follows the hosts of an address with a wrong letter may be the rest of a password.
    if !hosts.contains(',') || tail.contains('@') {
        return unreadable();
    }
    let user = match user.split_once(':') {
        Some((name, _)) => format!("{name}:***@"),
        None if user.is_empty() => String::new(),
        None => format!("{user}@"),
    };
    let tail = match tail.split_once('?') {
        Some((path, query)) if query.to_ascii_lowercase().contains("pass") => format!("{path}?***"),
        _ => tail.to_owned(),
    };
    format!("{scheme}://{user}{hosts}{tail}")
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
            (
                Some("postgres://reader:s3cret@db1:5432,db2:5433/mes?sslmode=require"),
                "postgres://reader:***@db1:5432,db2:5433/mes?sslmode=require",
            ),
            (Some("postgres://db1,db2/mes?password=s3cret"), "postgres://db1,db2/mes?***"),
            (Some("postgres://a:s3/cret@db1,db2/mes"), "an address that can't be read"),
            (Some("s3cret"), "an address that can't be read"),
        ] {
            assert_eq!(redacted(address), shown);
        }
    }
}
