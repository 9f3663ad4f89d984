//! `REDIS_URL`: the address of Redis or of its sentinels.

use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError,
    TlsCertificates, cmd,
};
use tokio::time::timeout;

use super::trouble::Trouble;
use super::{InvalidAddress, RedisTrust};

/// Port of a sentinel without one in its address.
const SENTINEL_PORT: u16 = 26_379;

/// Where Redis is.
pub(super) struct Address {
    /// Everything but the place, which sentinels may give.
    info: ConnectionInfo,
    place: Place,
    ca: Option<Vec<u8>>,
}

enum Place {
    /// The server of the address.
    Direct,
    /// The server that these name as the master of a group.
    Sentinels { clients: Vec<Client>, master: String },
}

impl Address {
    /// Reads `redis://`, `rediss://`, `redis+sentinel://` and `rediss+sentinel://`.
    pub fn parse(url: &str, trust: &RedisTrust) -> Result<Self, InvalidAddress> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(InvalidAddress("it is no address".to_owned()));
        };
        // A fragment would turn the check of certificates off.
        if rest.contains('#') {
            return Err(InvalidAddress("it takes no part after #".to_owned()));
        }
        let ca = trust.ca.clone();
        match scheme {
            "redis" | "rediss" => {
                let info = info_of(url)?;
                let address = Self { info, place: Place::Direct, ca };
                address.client(None).map_err(|_| wrong())?;
                Ok(address)
            }
            "redis+sentinel" => Self::of_sentinels("redis", rest, trust, ca),
            "rediss+sentinel" => Self::of_sentinels("rediss", rest, trust, ca),
            _ => Err(InvalidAddress(
                "it begins with none of redis://, rediss://, redis+sentinel:// and rediss+sentinel://"
                    .to_owned(),
            )),
        }
    }

    fn of_sentinels(
        scheme: &str,
        rest: &str,
        trust: &RedisTrust,
        ca: Option<Vec<u8>>,
    ) -> Result<Self, InvalidAddress> {
        let (before_path, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match before_path.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), before_path),
        };
        let (master, database) = path.split_once('/').unwrap_or((path, ""));
        if master.is_empty() {
            return Err(InvalidAddress(
                "give the name of the group that the sentinels watch: \
                 redis+sentinel://USER:PASSWORD@HOST:26379,HOST:26379/NAME/DATABASE"
                    .to_owned(),
            ));
        }
        let info = info_of(&format!("{scheme}://{user}sentinels.invalid/{database}"))?;
        let mut address = Self { info, place: Place::Direct, ca };
        let mut clients = Vec::new();
        for part in hosts.split(',').map(str::trim) {
            let sentinel = info_of(&format!("{scheme}://{part}"))?;
            let (host, port) = host_of(sentinel.addr());
            let port = if has_port(part) { port } else { SENTINEL_PORT };
            let mut settings = sentinel.redis_settings().clone();
            if let Some(password) = &trust.sentinel_password {
                settings = settings.set_password(password.expose());
            }
            let sentinel = sentinel.set_redis_settings(settings);
            let client = address.client_of(sentinel, Some((host, port)));
            clients.push(client.map_err(|_| wrong())?);
        }
        address.place = Place::Sentinels { clients, master: master.to_owned() };
        Ok(address)
    }

    fn client(&self, at: Option<(String, u16)>) -> Result<Client, RedisError> {
        self.client_of(self.info.clone(), at)
    }

    fn client_of(
        &self,
        mut info: ConnectionInfo,
        at: Option<(String, u16)>,
    ) -> Result<Client, RedisError> {
        let is_tls = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        if let Some((host, port)) = at {
            info = info.set_addr(if is_tls {
                ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
            } else {
                ConnectionAddr::Tcp(host, port)
            });
        }
        if is_tls && let Some(ca) = &self.ca {
            let certificates = TlsCertificates { client_tls: None, root_cert: Some(ca.clone()) };
            return Client::build_with_tls(info, certificates);
        }
        Client::open(info)
    }

    /// The server to connect to now. A host name is looked up with every connection.
    pub async fn find(
        &self,
        config: &AsyncConnectionConfig,
        limit: std::time::Duration,
    ) -> Result<Client, Trouble> {
        let Place::Sentinels { clients, master } = &self.place else {
            return self.client(None).map_err(|cause| Trouble::of(&cause));
        };
        let mut trouble = Trouble::NoSentinel;
        for sentinel in clients {
            match timeout(limit, ask(sentinel, config, master)).await {
                Ok(Ok(Some(at))) => {
                    return self.client(Some(at)).map_err(|cause| Trouble::of(&cause));
                }
                Ok(Ok(None)) => trouble = Trouble::NoMaster,
                Ok(Err(cause)) => tracing::debug!(%cause, "a sentinel did not respond"),
                Err(_) => tracing::debug!("a sentinel did not respond in time"),
            }
        }
        Err(trouble)
    }
}

async fn ask(
    sentinel: &Client,
    config: &AsyncConnectionConfig,
    master: &str,
) -> Result<Option<(String, u16)>, RedisError> {
    let mut connection = sentinel.get_multiplexed_async_connection_with_config(config).await?;
    let mut question = cmd("SENTINEL");
    question.arg("get-master-addr-by-name").arg(master);
    question.query_async(&mut connection).await
}

/// Without the cause, which may repeat parts of the address.
fn wrong() -> InvalidAddress {
    InvalidAddress("host, port, database or certificates are wrong".to_owned())
}

fn info_of(url: &str) -> Result<ConnectionInfo, InvalidAddress> {
    url.into_connection_info().map_err(|_| InvalidAddress("it is no address of a Redis".to_owned()))
}

fn host_of(address: &ConnectionAddr) -> (String, u16) {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            (host.clone(), *port)
        }
        _ => (String::new(), SENTINEL_PORT),
    }
}

/// Whether a port stands behind a host; the colons of an IPv6 address are inside of brackets.
fn has_port(part: &str) -> bool {
    part.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, InvalidAddress> {
        Address::parse(url, &RedisTrust::default())
    }

    fn at(client: &Client) -> String {
        let (host, port) = host_of(client.get_connection_info().addr());
        format!("{host}:{port}")
    }

    #[test]
    fn all_kinds_of_addresses_are_read() {
        for url in [
            "redis://cache",
            "redis://:secret@cache:6380/2",
            "rediss://mes:a%40b@cache:6380/2",
            "redis+sentinel://one,two:26380,[::1]:26381/mymaster",
            "rediss+sentinel://mes:s3cret@one:26379/mymaster/3",
        ] {
            assert!(parse(url).is_ok(), "{url}");
        }
        let address = parse("redis+sentinel://mes:a%40b@one,two:26380/mymaster/3").unwrap();
        let Place::Sentinels { clients, master } = &address.place else { panic!("no sentinels") };
        let places: Vec<String> = clients.iter().map(at).collect();
        assert_eq!(
            (places, master.as_str()),
            (vec!["one:26379".into(), "two:26380".into()], "mymaster")
        );
        let settings = address.info.redis_settings();
        assert_eq!(
            (settings.username(), settings.password(), settings.db()),
            (Some("mes"), Some("a@b"), 3)
        );
        let master = address.client(Some(("10.0.0.1".to_owned(), 6379))).unwrap();
        assert_eq!(at(&master), "10.0.0.1:6379");
        let clear = clients[0].get_connection_info().redis_settings();
        assert_eq!(clear.password(), None, "sentinels do not receive the password of the group");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for url in [
            "s3cret",
            "http://:s3cret@cache",
            "redis://:s3cret@cache/first",
            "rediss://:s3cret@cache/#insecure",
            "redis+sentinel://:s3cret@one,two",
            "redis+sentinel://:s3cret@one,two/",
            "redis+sentinel://:s3cret@/mymaster",
            "redis+sentinel://:s3cret@one:port/mymaster",
        ] {
            let Err(error) = parse(url) else { panic!("{url} is taken") };
            let error = error.to_string();
            assert!(error.starts_with("REDIS_URL can't be used"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
