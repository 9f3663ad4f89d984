//! The example of deploy/scale-out, running on this machine.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use crate::example_files::settings;
use crate::http::Client;
use crate::plant::{Plant, ZONE};
use crate::postgres::{APPLICATION, Databases, MES, Passwords, READER};
use crate::proxy::Proxy;
use crate::redis::Redis;
use crate::server::{Server, program, secret};
use crate::{Done, because, until};

/// Servers behind the proxy.
const SERVERS: usize = 2;
/// Longest wait for servers to agree.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lots and machines of the plant.
const PLANT: (usize, usize) = (4_000, 600);
/// Name of the administrator.
pub(crate) const ADMIN: &str = "admin";
/// Time between two refreshes of what moves.
pub(crate) const REFRESH: Duration = Duration::from_secs(5);

/// All parts; dropped in this order, so that no part loses what it needs before it has ended.
pub(crate) struct Example {
    pub(crate) proxy: Proxy,
    pub(crate) servers: Vec<Server>,
    _plant: AbortOnDropHandle<()>,
    pub(crate) redis: Redis,
    pub(crate) databases: Databases,
    /// Held, the plant stands still.
    pub(crate) turn: Arc<Mutex<()>>,
    password: String,
    folder: TempDir,
}

/// A password of letters and digits.
fn password() -> Result<String, String> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 12];
    let mut file = because(source, std::fs::File::open(source))?;
    because(source, std::io::Read::read_exact(&mut file, &mut bytes))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Says what is being started.
fn step(what: &str) {
    eprintln!("starting {what} …");
}

impl Example {
    /// Starts all parts, one after the other.
    ///
    /// # Errors
    /// A part can't start: says which, why and what to install. Those before it are stopped.
    pub(crate) async fn start() -> Result<Self, String> {
        program()?;
        let folder = tempfile::Builder::new().prefix("mes-scale-out-").tempdir();
        let folder = because(&std::env::temp_dir(), folder)?;
        let path = folder.path();
        // Users of the parts find their folders within it.
        because(path, std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o711)))?;

        step("PostgreSQL: a primary with the simulated plant");
        let plant = Plant::new(PLANT.0, PLANT.1);
        let passwords =
            Passwords { superuser: password()?, reader: password()?, application: password()? };
        let mut databases = Databases::start(path, passwords, plant.tables()).await?;
        step("PostgreSQL: a hot standby");
        databases.add_standby().await?;
        step("Redis: a primary, a replica and three sentinels");
        let redis = Redis::start(&path.join("redis"), password()?).await?;
        let turn = Arc::new(Mutex::new(()));
        let moving =
            plant.keep_moving(databases.ports(), databases.passwords().clone(), turn.clone());
        let moving = AbortOnDropHandle::new(tokio::spawn(moving));
        step("the servers");
        let (servers, password) = servers(path, &databases, &redis).await?;
        step("nginx");
        let addresses: Vec<_> = servers.iter().map(Server::address).collect();
        let proxy = Proxy::start(&path.join("nginx"), &addresses).await?;
        let this =
            Self { proxy, servers, _plant: moving, redis, databases, turn, password, folder };
        this.settled().await?;
        Ok(this)
    }

    /// Waits until every server says that nothing is wrong, and one of them reads the MES for all.
    ///
    /// # Errors
    /// One does not, or they don't agree; names it with its reason.
    pub(crate) async fn settled(&self) -> Result<Duration, String> {
        let start = Instant::now();
        for server in &self.servers {
            server.healthy().await?;
        }
        until("one server leading and the others following", PATIENCE, async || {
            let mut roles = Vec::new();
            for server in &self.servers {
                roles.push(server.role().await?);
            }
            let in_role = |role: &str| roles.iter().filter(|is| *is == role).count();
            if in_role("leading") == 1 && in_role("following") + 1 == roles.len() {
                return Ok(true);
            }
            Err(roles.join(", "))
        })
        .await?;
        Ok(start.elapsed())
    }

    /// Signs in through the proxy, and holds that every server takes the session.
    ///
    /// # Errors
    /// One does not.
    pub(crate) async fn check_session(&self) -> Done {
        let mut client = Client::new(self.proxy.origin()?);
        client.sign_in(ADMIN, &self.password).await?;
        for server in &self.servers {
            let answer = client.at(server.origin()).get("/api/session").await?;
            let user = answer.json()["data"]["user"].take();
            if user.is_null() {
                return Err(format!("{} does not know the session of {ADMIN}", server.name));
            }
        }
        Ok(())
    }

    /// What runs, and how to try failures.
    pub(crate) fn description(&self) -> String {
        let mut text = format!(
            "\nMES Dashboard runs on {SERVERS} servers over one simulated plant.\n\n  \
             https://{}   nginx; its certificate is of its own, browsers warn\n  \
             sign in as {ADMIN} with the password {}\n\n",
            self.proxy.address(),
            self.password
        );
        let mut line = |(what, address, pid): (String, String, u32)| {
            let _ = writeln!(text, "  {what:32} {address:38} pid {pid}");
        };
        for server in &self.servers {
            let what = format!("{} (supervisor)", server.name);
            line((what, format!("http://{}", server.address()), server.supervisor()));
        }
        line(("nginx".to_owned(), self.proxy.address().to_string(), self.proxy.pid()));
        self.databases.parts().into_iter().for_each(&mut line);
        self.redis.parts().into_iter().for_each(&mut line);
        let [first, second] = self.databases.ports();
        let _ = write!(
            text,
            "\nData and logs are in {}.\n\
             Try failures, and watch the pages and `/health` of each server:\n  \
             kill -HUP PID of a supervisor      reload: no request is lost\n  \
             kill -KILL PID of a supervisor     the proxy uses the other server\n  \
             kill -STOP PID of a Redis          sentinels put the replica in its place; -CONT ends it\n  \
             kill -INT PID of the primary, then promote the standby:\n    \
             PGPASSWORD={} psql -h 127.0.0.1 -p {second} -U postgres -c 'select pg_promote()'\n  \
             The databases without a pooler: ports {first} and {second}, user postgres, the same password.\n",
            self.folder.path().display(),
            self.databases.passwords().superuser,
        );
        text
    }

    /// Copies the logs of all parts to where they stay, and returns the folder.
    ///
    /// # Errors
    /// They can't be copied.
    pub(crate) fn keep_logs(&self) -> Result<PathBuf, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        // Beside the folder of the profile.
        let target = program.ancestors().nth(2).ok_or("this program is in no folder")?;
        let kept = target.join("scale-out-logs");
        if kept.exists() {
            because(&kept, std::fs::remove_dir_all(&kept))?;
        }
        because(&kept, std::fs::create_dir_all(&kept))?;
        let read = |folder: &Path| because(folder, std::fs::read_dir(folder));
        for part in read(self.folder.path())?.flatten().filter(|part| part.path().is_dir()) {
            for file in read(&part.path())?.flatten() {
                let (path, name) = (file.path(), file.file_name());
                if path.extension().is_some_and(|end| end == "log") {
                    let name = format!("{}-{}", part.file_name().display(), name.display());
                    because(&path, std::fs::copy(&path, kept.join(name)))?;
                }
            }
        }
        Ok(kept)
    }
}

/// The servers, started, and the password of the administrator.
async fn servers(
    folder: &Path,
    databases: &Databases,
    redis: &Redis,
) -> Result<(Vec<Server>, String), String> {
    let (poolers, passwords) = (databases.poolers(), databases.passwords());
    let key = secret(folder).await?;
    let reader = &passwords.reader;
    let mes = format!("postgres://{READER}:{reader}@{poolers}/{MES}?target_session_attrs=primary");
    let Passwords { application, .. } = passwords;
    let own = format!("postgres://{APPLICATION}:{application}@{poolers}/{APPLICATION}");
    let redis = redis.url();
    let refresh = REFRESH.as_secs().to_string();
    // Beside replica.env: shorter pauses, so that there is something to see.
    let more = [
        ("CACHE_CHECK_INTERVAL", refresh.as_str()),
        ("EQUIPMENT_STATUS_SYNC_INTERVAL", refresh.as_str()),
        ("RESOURCE_SYNC_INTERVAL", "60"),
        ("PLANT_TIME_ZONE", ZONE),
        ("WORKER_BACKOFF_MAX", "2"),
        ("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "5"),
        ("DB_CALL_TIMEOUT_MS", "4000"),
        // Browsers keep it for the whole address.
        ("HSTS_MAX_AGE", "0"),
    ];
    let of = |address: &str| {
        let mut all = settings(
            "replica.env",
            &[
                ("BIND_ADDR", address),
                ("SECRET_KEY", &key),
                ("DATABASE_URL", &mes),
                ("APP_DATABASE_URL", &own),
                ("REDIS_URL", &redis),
            ],
        )?;
        all.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(all)
    };
    let mut servers = Vec::new();
    for number in 1..=SERVERS {
        let name = format!("server{number}");
        let mut server = Server::new(name.clone(), folder.join(name), of)?;
        server.start().await?;
        servers.push(server);
    }
    let of_admin = password()?;
    servers[0].add_administrator(ADMIN, &of_admin).await?;
    Ok((servers, of_admin))
}
