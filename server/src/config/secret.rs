//! Addresses with passwords in them, as logs may show them.

use std::fmt;
use std::ops::Deref;

/// An address that may have a password in it, which `Debug` leaves out.
#[derive(Clone)]
pub struct Address(String);

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Deref for Address {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&redacted(&self.0))
    }
}

/// The address without its password.
fn redacted(address: &str) -> String {
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
    use super::Address;

    #[test]
    fn a_password_is_never_shown() {
        for (address, shown) in [
            ("redis://cache:6379/1", "redis://cache:6379/1"),
            ("redis://:s3cret@cache:6379/1", "redis://:***@cache:6379/1"),
            ("postgres://reader:s3cret@db/mes", "postgres://reader:***@db/mes"),
            ("postgres://db/mes?user=a&Password=s3cret", "postgres://db/mes?***"),
            ("postgres://a:s3cret@db/mes?sslpassword=s3cret", "postgres://a:***@db/mes?***"),
            (
                "postgres://reader:s3cret@db1:5432,db2:5433/mes?sslmode=require",
                "postgres://reader:***@db1:5432,db2:5433/mes?sslmode=require",
            ),
            ("postgres://db1,db2/mes?password=s3cret", "postgres://db1,db2/mes?***"),
            ("postgres://a:s3/cret@db1,db2/mes", "an address that can't be read"),
            ("s3cret", "an address that can't be read"),
        ] {
            assert_eq!(format!("{:?}", Address::from(address)), shown);
        }
    }
}
