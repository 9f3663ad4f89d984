//! Another server takes over: by hand, by sentinels; and servers with TLS and users of their own.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mes_dashboard::app_store::AppStore;
use mes_dashboard::auth::secret_key::SecretKey;
use mes_dashboard::redis::{Reach, Redis, RedisTrust, Trouble};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_util::sync::CancellationToken;

use crate::server::{Server, free_port};
use crate::sessions::{newcomer, sessions_over};
use crate::shared::redis_trusting;
use crate::signals;

/// Waits until something is true, and fails the test when it never is.
async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_true().await {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A watched Redis, as the server has it.
struct Watched {
    redis: Arc<Redis>,
    stop: CancellationToken,
}

impl Watched {
    async fn new(url: &str) -> Self {
        let redis = redis_trusting(url, &RedisTrust::default());
        assert_eq!(redis.probe().await, Reach::Reachable, "{:?}", redis.trouble());
        let stop = CancellationToken::new();
        let (watched, until) = (redis.clone(), stop.clone());
        tokio::spawn(async move { watched.watch(&until).await });
        Self { redis, stop }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn tell(server: &Server, command: &[&str]) {
    let mut told = redis::cmd(command[0]);
    told.arg(&command[1..]);
    told.query_async::<redis::Value>(&mut server.connect().await).await.unwrap();
}

#[tokio::test]
async fn a_redis_that_becomes_a_replica_is_left_and_used_again_when_it_is_none() {
    let server = Server::start().await;
    let watched = Watched::new(&server.url()).await;
    let store = AppStore::open("sqlite::memory:").await.unwrap();
    let here = sessions_over(&watched.redis, &store, &SecretKey::random().unwrap());
    here.begin(newcomer("chen"), None).await.unwrap();
    for _ in 0..2 {
        // Of a master that nobody can reach.
        tell(&server, &["REPLICAOF", "127.0.0.1", &free_port().to_string()]).await;
        assert!(here.begin(newcomer("lin"), None).await.is_err());
        until("it is said", async || watched.redis.trouble() == Some(Trouble::ReadOnly)).await;
        assert_eq!(watched.redis.reach(), Reach::Unreachable);
        tell(&server, &["REPLICAOF", "NO", "ONE"]).await;
        until("it is used again", async || here.begin(newcomer("lin"), None).await.is_ok()).await;
        assert_eq!(watched.redis.trouble(), None);
    }
}

/// A sentinel of its own; ended by pid.
struct Sentinel {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Sentinel {
    fn start(master: &Server) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let settings = format!(
            "bind 127.0.0.1\nport {port}\ndir {}\nsentinel monitor plant 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds plant 500\nsentinel failover-timeout plant 2000\n",
            folder.path().display(),
            master.port
        );
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new("redis-server");
        command.arg(&file).arg("--sentinel").stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("Redis is missing: apt-get install redis-server");
        Self { process, port, _folder: folder }
    }

    /// Its view of the group.
    async fn knows_replicas(&self) -> bool {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        let Ok(mut connection) = client.get_multiplexed_async_connection().await else {
            return false;
        };
        let mut question = redis::cmd("SENTINEL");
        question.arg("replicas").arg("plant");
        let said: Result<Vec<redis::Value>, _> = question.query_async(&mut connection).await;
        said.is_ok_and(|replicas| !replicas.is_empty())
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn sentinels_name_the_next_master_and_sessions_go_on_there() {
    let mut master = Server::start().await;
    let replica = Server::start().await;
    tell(&replica, &["REPLICAOF", "127.0.0.1", &master.port.to_string()]).await;
    let sentinel = Sentinel::start(&master);
    until("the sentinel knows the replica", async || sentinel.knows_replicas().await).await;
    // One of the sentinels is gone.
    let url =
        format!("redis+sentinel://127.0.0.1:{},127.0.0.1:{}/plant/0", free_port(), sentinel.port);
    let watched = Watched::new(&url).await;
    let store = AppStore::open("sqlite::memory:").await.unwrap();
    let key = SecretKey::random().unwrap();
    let here = sessions_over(&watched.redis, &store, &key);
    let (cookie, session) = here.begin(newcomer("chen"), None).await.unwrap();
    let (ended, over) = here.begin(newcomer("lin"), None).await.unwrap();
    let name = format!("test:session2:{}", session.id_hash);
    let mut there = replica.connect().await;
    until("the replica has the sessions", async || {
        let mut both = redis::cmd("EXISTS");
        both.arg(&name).arg(format!("test:session2:{}", over.id_hash));
        both.query_async::<u64>(&mut there).await.unwrap() == 2
    })
    .await;
    // The replica does not learn of this end before it is the master.
    tell(&replica, &["REPLICAOF", "127.0.0.1", &master.port.to_string()]).await;
    signals::kill(&mut master.process);
    assert_eq!(here.sign_out(&over).await, mes_dashboard::auth::session::SignedOut::Everywhere);
    until("the next master is used", async || here.begin(newcomer("wei"), None).await.is_ok())
        .await;
    let fresh = sessions_over(&watched.redis, &store, &key);
    assert_eq!(fresh.find(&cookie).await.unwrap().unwrap().user_name, "chen");
    assert_eq!(fresh.find(&ended).await.unwrap(), None, "over, although the record is still there");
    let mut asked = redis::cmd("EXISTS");
    asked.arg(format!("test:session2:{}", over.id_hash));
    let left: u64 = asked.query_async(&mut replica.connect().await).await.unwrap();
    assert_eq!(left, 1, "its end was in the application's database only");
}

#[tokio::test]
async fn a_group_that_sentinels_do_not_know_is_named_as_the_trouble() {
    let master = Server::start().await;
    let sentinel = Sentinel::start(&master);
    let asked = async |url: &str| {
        let redis = redis_trusting(url, &RedisTrust::default());
        assert_eq!(redis.probe().await, Reach::Unreachable);
        redis.trouble().unwrap()
    };
    until("the sentinel answers", async || {
        asked(&format!("redis+sentinel://127.0.0.1:{}/other", sentinel.port)).await
            == Trouble::NoMaster
    })
    .await;
    let nowhere = format!("redis+sentinel://127.0.0.1:{}/plant", free_port());
    assert_eq!(asked(&nowhere).await, Trouble::NoSentinel);
}

/// An authority, and a certificate for `localhost` that it signed.
fn certificates(folder: &std::path::Path) -> Vec<u8> {
    let mut params = CertificateParams::new(Vec::default()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    std::fs::write(folder.join("ca.pem"), &ca).unwrap();
    std::fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    ca.into_bytes()
}

#[tokio::test]
async fn tls_and_users_are_checked_and_wrong_ones_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let ca = certificates(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let tls_port = free_port();
    let (port, certificate) = (tls_port.to_string(), file("certificate.pem"));
    let (key, authority) = (file("key.pem"), file("ca.pem"));
    let tls = [
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        "no",
    ];
    let users = [
        "--user mes on >s3cret@1 ~test:* +@all",
        "--user reader on >s3cret@1 ~test:* +@read +ping",
        "--user default off",
    ];
    let users = users.iter().flat_map(|user| user.split(' '));
    let settings: Vec<&str> = tls.into_iter().chain(users).collect();
    let _server = Server::spawn_with(&settings);
    let trust = RedisTrust { ca: Some(ca), ..RedisTrust::default() };
    let probed = async |url: &str, trust: &RedisTrust| {
        let redis = redis_trusting(&format!("{url}:{tls_port}/0"), trust);
        (redis.probe().await, redis.trouble())
    };
    until("it answers", async || {
        probed("rediss://mes:s3cret%401@localhost", &trust).await == (Reach::Reachable, None)
    })
    .await;
    for (url, trouble) in [
        ("rediss://mes:wrong@localhost", Trouble::Credentials),
        ("rediss://localhost", Trouble::Credentials),
        ("rediss://reader:s3cret%401@localhost", Trouble::Credentials),
        // The certificate is for localhost.
        ("rediss://mes:s3cret%401@127.0.0.1", Trouble::Connection),
    ] {
        assert_eq!(probed(url, &trust).await, (Reach::Unreachable, Some(trouble)), "{url}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = RedisTrust { ca: Some(certificates(elsewhere.path())), ..trust };
    let asked = probed("rediss://mes:s3cret%401@localhost", &foreign).await;
    assert_eq!(asked, (Reach::Unreachable, Some(Trouble::Connection)));
    let asked = probed("redis://mes:s3cret%401@localhost", &foreign).await;
    assert_eq!(asked.0, Reach::Unreachable, "without TLS");
}
