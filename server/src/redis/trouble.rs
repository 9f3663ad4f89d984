//! Why Redis can't be used, in words that hold no address and no password.

use ::redis::{ErrorKind, RedisError};

/// Why Redis can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, or it broke.
    Connection,
    /// No response within the timeout.
    Silent,
    /// Name or password are wrong or missing, or the user lacks a permission.
    Credentials,
    /// A replica, which takes no writes.
    ReadOnly,
    /// It reads its data from disk.
    Loading,
    /// A replica without its master.
    MasterDown,
    /// A node of a cluster, which is not supported, or of one that is down.
    Cluster,
    /// It takes no writes: it can't save, or has too few replicas.
    NoWrites,
    /// It has no memory for another value; reads work.
    Full,
    /// No sentinel responds.
    NoSentinel,
    /// The sentinels have no master of this name.
    NoMaster,
    /// Anything else.
    Other,
}

impl Trouble {
    /// What a failure means.
    pub(super) fn of(cause: &RedisError) -> Self {
        if cause.kind() == ErrorKind::AuthenticationFailed {
            return Self::Credentials;
        }
        match code_of(cause).as_deref() {
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => Self::Credentials,
            Some("READONLY") => Self::ReadOnly,
            Some("LOADING") => Self::Loading,
            Some("MASTERDOWN") => Self::MasterDown,
            Some("MOVED" | "ASK" | "CLUSTERDOWN" | "CROSSSLOT" | "TRYAGAIN") => Self::Cluster,
            Some("MISCONF" | "NOREPLICAS") => Self::NoWrites,
            Some("OOM") => Self::Full,
            Some(_) => Self::Other,
            None if cause.is_timeout() => Self::Silent,
            None => Self::Connection,
        }
    }

    /// Whether another server may have the role now: the connection is replaced then, although it
    /// is open.
    pub(super) fn is_elsewhere(self) -> bool {
        matches!(
            self,
            Self::ReadOnly | Self::Loading | Self::MasterDown | Self::Cluster | Self::NoWrites
        )
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Connection => "no connection",
            Self::Silent => "no answer in time",
            Self::Credentials => "name, password or permissions (NOAUTH, WRONGPASS, NOPERM)",
            Self::ReadOnly => "it is a replica and takes no writes (READONLY)",
            Self::Loading => "it is still loading its data (LOADING)",
            Self::MasterDown => "it is a replica without its master (MASTERDOWN)",
            Self::Cluster => {
                "it is a node of a cluster, which is not supported (MOVED, CLUSTERDOWN)"
            }
            Self::NoWrites => "it can't save and takes no writes (MISCONF, NOREPLICAS)",
            Self::Full => "its memory is full, so that nobody can sign in (OOM); see maxmemory",
            Self::NoSentinel => "no sentinel answers",
            Self::NoMaster => "the sentinels have no master of this name",
            Self::Other => "it answers with an error, see the log",
        }
    }
}

/// The word that an error of the server begins with; of several commands, that of the first that failed.
fn code_of(cause: &RedisError) -> Option<String> {
    if let Some(code) = cause.code() {
        return Some(code.to_owned());
    }
    let errors = cause.clone().into_server_errors()?;
    errors.first().map(|(_, error)| error.code().to_owned())
}

#[cfg(test)]
mod tests {
    use ::redis::{Value, parse_redis_value};

    use super::*;

    #[test]
    fn answers_of_a_server_that_is_not_the_one_to_ask_are_known() {
        for (answer, expected) in [
            ("READONLY You can't write against a read only replica.", Trouble::ReadOnly),
            ("LOADING Redis is loading the dataset in memory", Trouble::Loading),
            ("MASTERDOWN Link with MASTER is down", Trouble::MasterDown),
            ("MOVED 3999 10.0.0.2:6381", Trouble::Cluster),
            ("ASK 3999 10.0.0.2:6381", Trouble::Cluster),
            ("CLUSTERDOWN The cluster is down", Trouble::Cluster),
            ("MISCONF Errors writing to disk", Trouble::NoWrites),
            ("NOREPLICAS Not enough good replicas to write.", Trouble::NoWrites),
            ("NOAUTH Authentication required.", Trouble::Credentials),
            ("NOPERM this user has no permissions", Trouble::Credentials),
            ("WRONGTYPE Operation against a key", Trouble::Other),
            ("OOM command not allowed", Trouble::Full),
        ] {
            let line = format!("-{answer}\r\n");
            let value = parse_redis_value(line.as_bytes()).and_then(Value::extract_error);
            let trouble = Trouble::of(&value.unwrap_err());
            assert_eq!(trouble, expected, "{answer}");
            let is_known =
                !matches!(trouble, Trouble::Other | Trouble::Credentials | Trouble::Full);
            assert_eq!(trouble.is_elsewhere(), is_known, "{answer}");
        }
    }
}
