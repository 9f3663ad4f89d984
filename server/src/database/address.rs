//! `DATABASE_URL` and `APP_DATABASE_URL`: where the database is.
//!
//! PostgreSQL accepts several hosts, as libpq does (`postgres://USER@DB1:5432,DB2:5432/NAME`);
//! `target_session_attrs` selects one. SQLite accepts any path, also one with characters that are
//! special in a URL.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use url::form_urlencoded;

/// Parameters of a SQLite address.
const SQLITE_PARAMETERS: [&str; 4] = ["mode", "cache", "immutable", "vfs"];

/// Which host may be used: `target_session_attrs` of libpq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Any that accepts connections.
    Any,
    /// One that takes writes.
    ReadWrite,
    /// One that takes no writes.
    ReadOnly,
    /// One that is not in recovery.
    Primary,
    /// One that is in recovery.
    Standby,
    /// A standby where there is one, else any.
    PreferStandby,
}

impl Wanted {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Any, "any"),
        (Self::ReadWrite, "read-write"),
        (Self::ReadOnly, "read-only"),
        (Self::Primary, "primary"),
        (Self::Standby, "standby"),
        (Self::PreferStandby, "prefer-standby"),
    ];

    /// The value as it is written in an address.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(wanted, _)| *wanted == self).map_or("any", |(_, name)| name)
    }
}

impl FromStr for Wanted {
    type Err = sqlx::Error;

    fn from_str(text: &str) -> Result<Self, sqlx::Error> {
        let known = Self::ALL.iter().find(|(_, name)| *name == text);
        known.map(|(wanted, _)| *wanted).ok_or_else(|| {
            refused(format!(
                "target_session_attrs must be any, read-write, read-only, primary, standby or \
                 prefer-standby, got {text:?}"
            ))
        })
    }
}

fn refused(reason: String) -> sqlx::Error {
    sqlx::Error::Configuration(reason.into())
}

/// The hosts of a PostgreSQL address, each with its own options, and which of them fits.
///
/// # Errors
/// The address can't be parsed. The reason never repeats the password.
pub fn postgres_hosts(
    url: &str,
    application: &str,
) -> Result<(Vec<PgConnectOptions>, Wanted), sqlx::Error> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Ok((vec![plain(PgConnectOptions::from_str(url)?, application)], Wanted::Any));
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, listed) =
        authority.rsplit_once('@').map_or((None, authority), |(user, hosts)| (Some(user), hosts));
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));

    let mut wanted = Wanted::Any;
    let mut hosts: Vec<(String, String)> =
        listed.split(',').map(host_and_port).collect::<Result<_, _>>()?;
    let mut others = Vec::new();
    let mut ports: Vec<String> = Vec::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let list = || value.split(',').map(|item| item.trim().to_owned());
        match key.as_ref() {
            "target_session_attrs" => wanted = value.parse()?,
            "host" | "hostaddr" => {
                let old = std::mem::take(&mut hosts);
                let port = |place: usize| {
                    old.get(place).or(old.first()).map(|(_, port)| port.clone()).unwrap_or_default()
                };
                hosts = list().enumerate().map(|(place, host)| (host, port(place))).collect();
            }
            "port" => ports = list().collect(),
            _ => others.push((key.into_owned(), value.into_owned())),
        }
    }
    if !ports.is_empty() {
        if ports.len() != 1 && ports.len() != hosts.len() {
            return Err(refused(format!(
                "port names {} ports for {} hosts; give one, or one per host",
                ports.len(),
                hosts.len()
            )));
        }
        for (place, (_, port)) in hosts.iter_mut().enumerate() {
            port.clone_from(ports.get(place).unwrap_or(&ports[0]));
        }
    }
    // sqlx takes host and port from the query as they are, also an IPv6 address or a socket's folder.
    let authority = user.map(|user| format!("{user}@localhost")).unwrap_or_default();
    let options = hosts.iter().map(|(host, port)| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&others);
        for (name, value) in [("host", host), ("port", port)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let one = format!("{scheme}://{authority}{path}?{}", query.finish());
        Ok(plain(PgConnectOptions::from_str(&one)?, application))
    });
    Ok((options.collect::<Result<_, sqlx::Error>>()?, wanted))
}

/// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
fn host_and_port(text: &str) -> Result<(String, String), sqlx::Error> {
    let (host, port) = if let Some(inner) = text.strip_prefix('[') {
        let (host, rest) = inner
            .split_once(']')
            .ok_or_else(|| refused(format!("the host {text:?} has no closing bracket")))?;
        (host, rest.strip_prefix(':').unwrap_or(rest))
    } else {
        text.rsplit_once(':').unwrap_or((text, ""))
    };
    if !port.is_empty() && port.parse::<u16>().is_err() {
        return Err(refused(format!("the port of the host {host:?} is no number up to 65535")));
    }
    let host = percent_decode_str(host).decode_utf8();
    let host = host.map_err(|_| refused("a host is not UTF-8".to_owned()))?;
    Ok((host.into_owned(), port.to_owned()))
}

/// What every connection has in common: nothing at its start that a pooler in transaction mode
/// refuses, and no statement that outlives its transaction.
fn plain(options: PgConnectOptions, application: &str) -> PgConnectOptions {
    options.application_name(application).extra_float_digits(None).statement_cache_capacity(0)
}

/// How a host is called in messages and in `/health`; never with a user or a password.
pub fn host_name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!("{}:{}", folder.display(), options.get_port()),
        None if options.get_host().contains(':') => {
            format!("[{}]:{}", options.get_host(), options.get_port())
        }
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// The options of a SQLite address, and its file; none for a database in memory.
///
/// A path that exists is taken as it is written, else `%20` and the like are decoded. What follows
/// the last `?` is a parameter only where it looks like one.
///
/// # Errors
/// An unknown parameter or value.
pub fn sqlite_file(url: &str) -> Result<(SqliteConnectOptions, Option<PathBuf>), sqlx::Error> {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    if rest.contains(":memory:") || rest.contains("mode=memory") {
        return Ok((SqliteConnectOptions::from_str(url)?, None));
    }
    let as_written = |text: &str| Path::new(text).is_file();
    let (file, parameters) = match rest.rsplit_once('?') {
        Some((file, parameters)) if !as_written(rest) && are_parameters(parameters) => {
            (file, parameters)
        }
        _ => (rest, ""),
    };
    let decoded = percent_decode_str(file).decode_utf8();
    let path = match decoded {
        Ok(decoded) if !as_written(file) => PathBuf::from(decoded.as_ref()),
        _ => PathBuf::from(file),
    };
    let options = SqliteConnectOptions::from_str(&format!("sqlite:file?{parameters}"))?;
    Ok((options.filename(&path), Some(path)))
}

/// Whether a text is a list of `name=value`, and not the rest of a path.
fn are_parameters(text: &str) -> bool {
    text.is_empty()
        || text.split('&').all(|pair| {
            pair.split_once('=').is_some_and(|(name, value)| {
                SQLITE_PARAMETERS.contains(&name)
                    || (!name.is_empty() && !name.contains('/') && !value.contains(['/', '.']))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(url: &str) -> (Vec<String>, &'static str) {
        let (options, wanted) = postgres_hosts(url, "test").unwrap();
        (options.iter().map(host_name).collect(), wanted.name())
    }

    #[test]
    fn hosts_are_listed_as_libpq_takes_them() {
        for (url, expected, wanted) in [
            ("postgres://u:p@db1/mes", vec!["db1:5432"], "any"),
            ("postgres://u:p@db1:6000,db2/mes", vec!["db1:6000", "db2:5432"], "any"),
            (
                "postgresql://u@db1,db2:5433/mes?target_session_attrs=standby",
                vec!["db1:5432", "db2:5433"],
                "standby",
            ),
            ("postgres://u@[::1]:5433,10.0.0.2/mes", vec!["[::1]:5433", "10.0.0.2:5432"], "any"),
            ("postgres://u@db0/mes?host=db1,db2&port=1,2", vec!["db1:1", "db2:2"], "any"),
            (
                "postgres://u@db0:7/mes?hostaddr=10.0.0.1,10.0.0.2",
                vec!["10.0.0.1:7", "10.0.0.2:7"],
                "any",
            ),
            ("postgres://u@db1,db2/mes?port=6432", vec!["db1:6432", "db2:6432"], "any"),
            ("postgres:///mes?host=/run/postgresql&user=u", vec!["/run/postgresql:5432"], "any"),
            ("postgres://u@%2Frun%2Fpostgresql/mes", vec!["/run/postgresql:5432"], "any"),
        ] {
            assert_eq!(
                hosts(url),
                (expected.into_iter().map(str::to_owned).collect(), wanted),
                "{url}"
            );
        }
        let (options, _) = postgres_hosts("postgres://u:p%40q@db1,db2/m%20es", "test").unwrap();
        for options in options {
            assert_eq!(options.get_username(), "u");
            assert_eq!(options.get_database(), Some("m es"));
            assert_eq!(options.get_application_name(), Some("test"));
        }
    }

    #[test]
    fn an_address_that_makes_no_sense_is_refused_without_its_password() {
        for url in [
            "postgres://u:s3cret@db1:x/mes",
            "postgres://u:s3cret@[::1/mes",
            "postgres://u:s3cret@db1,db2,db3/mes?port=1,2",
            "postgres://u:s3cret@db1/mes?target_session_attrs=master",
        ] {
            let error = postgres_hosts(url, "test").unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn any_path_is_a_path() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["a b.sqlite", "a?b=c.sqlite", "a#b", "100%.sqlite", "a%20b", "廠區.db", "a&b=c"]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            for url in [
                format!("sqlite:{}", path.display()),
                format!("sqlite://{}", path.display()),
                format!("sqlite:{}?immutable=1", path.display()),
            ] {
                assert_eq!(sqlite_file(&url).unwrap().1.as_deref(), Some(path.as_path()), "{url}");
            }
        }
        let spaced = folder.path().join("a b.sqlite");
        let url = format!("sqlite:{}", spaced.display()).replace(' ', "%20");
        assert_eq!(sqlite_file(&url).unwrap().1, Some(spaced));
        assert!(sqlite_file("sqlite:x.db?mod=ro").is_err(), "an unknown parameter is named");
        assert_eq!(sqlite_file("sqlite::memory:").unwrap().1, None);
    }
}
