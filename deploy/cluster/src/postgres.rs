//! Two hosts of PostgreSQL, each with a pooler: a primary, and a hot standby that follows it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::example_files::{filled, folder};
use crate::process::{Process, Service, Stop, User, command, locate, run};
use crate::{Done, because, free_port, until};

/// Longest wait for a start, and for a standby to follow.
const PATIENCE: Duration = Duration::from_secs(60);
/// The database with the MES tables.
pub(crate) const MES: &str = "mes";
/// The application's own database.
pub(crate) const APPLICATION: &str = "mes_dashboard";
/// The user that only reads.
pub(crate) const READER: &str = "mes_reader";
const PACKAGE: &str = "postgresql-15";
/// Replication: `replicator` has no other right.
const REPLICATOR: &str = "replicator";
const ACCESS: &str = "host all all 127.0.0.1/32 scram-sha-256\n\
                      host replication replicator 127.0.0.1/32 scram-sha-256\n";
/// Settings of both hosts beside their ports. Nothing in them has to survive the machine. A standby
/// that was away catches up from what the primary keeps.
const SETTINGS: [&str; 9] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "shared_buffers=64MB",
    "max_connections=200",
    "wal_keep_size=256MB",
    "autovacuum_naptime=10s",
    "max_standby_streaming_delay=1s",
    "shared_preload_libraries=pg_stat_statements",
];

/// Passwords of the users of the databases.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    /// Of `postgres` and of `replicator`.
    pub(crate) superuser: String,
    pub(crate) reader: String,
    pub(crate) application: String,
}

/// A host: PostgreSQL, and a pgbouncer in front of it.
#[derive(Debug)]
struct Host {
    name: &'static str,
    folder: PathBuf,
    port: u16,
    pooler_port: u16,
    server: Option<Process>,
    /// Stays when the server is gone, as the poolers of a host do.
    _pooler: Process,
}

impl Host {
    fn new(name: &'static str, folder: PathBuf, passwords: &Passwords) -> Result<Self, String> {
        User::Postgres.make_folder(&folder)?;
        let (port, pooler_port) = (free_port()?, free_port()?);
        let users = folder.join("userlist.txt");
        let Passwords { reader, application, .. } = passwords;
        let list = format!("\"{READER}\" \"{reader}\"\n\"{APPLICATION}\" \"{application}\"\n");
        let settings = folder.join("pgbouncer.ini");
        let text = filled(
            "pgbouncer.ini",
            &[
                ("port=5432", &format!("port={port}")),
                ("10.0.0.30", "127.0.0.1"),
                ("6432", &pooler_port.to_string()),
                ("/etc/pgbouncer/userlist.txt", &users.to_string_lossy()),
            ],
        )?;
        for (path, text) in [(&users, list), (&settings, text)] {
            because(path, std::fs::write(path, text))?;
            User::Postgres.own(path)?;
        }
        let program = locate("pgbouncer", "pgbouncer")?;
        let mut pooler = Service::new(&program, User::Postgres, Stop::Terminate);
        pooler.command.arg(&settings);
        let log = folder.join("pgbouncer.log");
        let pooler = Process::start(&format!("pgbouncer of {name}"), pooler, log)?;
        Ok(Self { name, folder, port, pooler_port, server: None, _pooler: pooler })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Makes an empty database.
    async fn initialise(&self, passwords: &Passwords) -> Done {
        let password = self.folder.join("password");
        because(&password, std::fs::write(&password, &passwords.superuser))?;
        User::Postgres.own(&password)?;
        let mut make = command(&locate("initdb", PACKAGE)?, User::Postgres);
        make.args(["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--username=postgres"]);
        make.arg("--pwfile").arg(&password).arg("-D").arg(self.data());
        run("initdb", make).await?;
        let access = self.data().join("pg_hba.conf");
        because(&access, std::fs::write(&access, ACCESS))
    }

    /// Copies the database of a primary, to follow it from then on.
    async fn copy(&self, primary: &Self, passwords: &Passwords) -> Done {
        if self.data().exists() {
            because(&self.data(), std::fs::remove_dir_all(self.data()))?;
        }
        let mut copy = command(&locate("pg_basebackup", PACKAGE)?, User::Postgres);
        copy.env("PGPASSWORD", &passwords.superuser);
        copy.args(["-h", "127.0.0.1", "-U", REPLICATOR, "-R", "-X", "stream", "-c", "fast"]);
        copy.args(["--no-sync", "-p", &primary.port.to_string(), "-D"]).arg(self.data());
        run("pg_basebackup", copy).await.map(drop)
    }

    async fn start(&mut self, passwords: &Passwords) -> Done {
        // Fast: sessions are ended.
        let mut server =
            Service::new(&locate("postgres", PACKAGE)?, User::Postgres, Stop::Interrupt);
        server.command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        server.command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let log = self.folder.join("postgres.log");
        let name = format!("PostgreSQL on {}", self.name);
        let mut server = Process::start(&name, server, log)?;
        let answers = async || self.connect(passwords, "postgres").await.is_ok();
        let ready = server.ready(PATIENCE, answers).await;
        self.server = Some(server);
        ready
    }

    async fn connect(
        &self,
        passwords: &Passwords,
        database: &str,
    ) -> Result<PgConnection, sqlx::Error> {
        connect(self.port, passwords, database).await
    }
}

/// A connection of the superuser to the server at `port`, beside the pooler.
pub(crate) async fn connect(
    port: u16,
    passwords: &Passwords,
    database: &str,
) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username("postgres")
        .password(&passwords.superuser)
        .database(database)
        .statement_cache_capacity(0)
        .disable_statement_logging();
    let connection = tokio::time::timeout(Duration::from_secs(2), options.connect()).await;
    connection.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))
}

/// The primary among servers, as it says itself.
pub(crate) async fn connect_to_primary(
    ports: [u16; 2],
    passwords: &Passwords,
    database: &str,
) -> Result<PgConnection, String> {
    let mut problem = String::new();
    for port in ports {
        match connect(port, passwords, database).await {
            Ok(mut connection) => {
                let asked = sqlx::query_scalar("select pg_is_in_recovery()");
                match asked.fetch_one(&mut connection).await {
                    Ok(false) => return Ok(connection),
                    Ok(true) => problem = "there is no primary".to_owned(),
                    Err(error) => problem = error.to_string(),
                }
                let _ = connection.close().await;
            }
            Err(error) => problem = error.to_string(),
        }
    }
    Err(problem)
}

/// Both hosts.
#[derive(Debug)]
pub(crate) struct Databases {
    hosts: [Host; 2],
    /// Which host has the primary.
    primary: usize,
    passwords: Passwords,
}

impl Databases {
    /// Starts the primary with both databases; `tables` are statements that make those of the MES. The
    /// standby follows with [`Self::add_standby`].
    ///
    /// # Errors
    /// A part can't start; names it.
    pub(crate) async fn start(
        folder: &Path,
        passwords: Passwords,
        tables: impl Iterator<Item = String>,
    ) -> Result<Self, String> {
        let host = |name| Host::new(name, folder.join(name), &passwords);
        let hosts = [host("db1")?, host("db2")?];
        let mut this = Self { hosts, primary: 0, passwords };
        this.hosts[0].initialise(&this.passwords).await?;
        this.hosts[0].start(&this.passwords).await?;
        this.make_databases(tables).await.map_err(|error| format!("the databases: {error}"))?;
        this.run_example_script().await?;
        Ok(this)
    }

    async fn make_databases(
        &self,
        tables: impl Iterator<Item = String>,
    ) -> Result<(), sqlx::Error> {
        let Passwords { superuser, .. } = &self.passwords;
        let mut admin = self.hosts[0].connect(&self.passwords, "postgres").await?;
        let script = format!(
            "create role {REPLICATOR} login replication password '{superuser}'; \
             create extension pg_stat_statements"
        );
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut admin).await?;
        sqlx::raw_sql("create database mes").execute(&mut admin).await?;
        let mut mes = self.hosts[0].connect(&self.passwords, MES).await?;
        for statement in tables {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut mes).await?;
        }
        Ok(())
    }

    /// The script that an administrator runs, with these passwords.
    async fn run_example_script(&self) -> Done {
        let with_password = |role: &str, password: &str| {
            let start = format!("create role {role} login password ");
            (format!("{start}'PASSWORD'"), format!("{start}'{password}'"))
        };
        let reader = with_password(READER, &self.passwords.reader);
        let application = with_password(APPLICATION, &self.passwords.application);
        let values = [&reader, &application].map(|(from, to)| (from.as_str(), to.as_str()));
        let script = self.hosts[0].folder.join("postgresql.sql");
        because(&script, std::fs::write(&script, filled("postgresql.sql", &values)?))?;
        let mut psql = command(&locate("psql", "postgresql-client-15")?, User::Own);
        psql.env("PGPASSWORD", &self.passwords.superuser);
        psql.args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--host", "127.0.0.1"]);
        psql.args(["--port", &self.hosts[0].port.to_string(), "--username", "postgres", "--file"]);
        psql.arg(&script);
        let told = format!("{} in psql", folder().join("postgresql.sql").display());
        run(&told, psql).await.map(drop)
    }

    fn standby(&self) -> usize {
        1 - self.primary
    }

    /// Makes the other host a standby of the primary; what it had is gone.
    ///
    /// # Errors
    /// The copy fails, or the standby does not follow.
    pub(crate) async fn add_standby(&mut self) -> Done {
        let standby = self.standby();
        self.hosts[standby].server = None;
        let (first, second) = self.hosts.split_at_mut(1);
        let (standby, primary) =
            if standby == 0 { (&mut first[0], &second[0]) } else { (&mut second[0], &first[0]) };
        standby.copy(primary, &self.passwords).await?;
        standby.start(&self.passwords).await?;
        self.followed().await
    }

    /// Waits until the standby has all that the primary has written so far.
    ///
    /// # Errors
    /// It does not follow.
    pub(crate) async fn followed(&self) -> Done {
        let connect = async |host: usize| {
            let connected = self.hosts[host].connect(&self.passwords, "postgres").await;
            connected.map_err(|error| format!("{}: {error}", self.hosts[host].name))
        };
        let mut primary = connect(self.primary).await?;
        let mut standby = connect(self.standby()).await?;
        let written = "select pg_current_wal_lsn()::text";
        let written: Result<String, _> = sqlx::query_scalar(written).fetch_one(&mut primary).await;
        let written = written.map_err(|error| error.to_string())?;
        until("followed by the standby", PATIENCE, async || {
            let has = "select coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)";
            let has = sqlx::query_scalar(has).bind(&written);
            has.fetch_one(&mut standby).await.map_err(|error| error.to_string())
        })
        .await
        .map(drop)
    }

    /// Ends the primary without warning.
    pub(crate) fn kill_primary(&mut self) {
        if let Some(mut server) = self.hosts[self.primary].server.take() {
            server.kill();
        }
    }

    /// Lets the standby take the place of the primary.
    ///
    /// # Errors
    /// It refuses.
    pub(crate) async fn promote(&mut self) -> Done {
        let standby = self.standby();
        let promoted = async || -> Result<bool, sqlx::Error> {
            let mut admin = self.hosts[standby].connect(&self.passwords, "postgres").await?;
            sqlx::query_scalar("select pg_promote()").fetch_one(&mut admin).await
        };
        match promoted().await {
            Ok(true) => self.primary = standby,
            Ok(false) => return Err("the standby was not promoted in time".to_owned()),
            Err(error) => return Err(format!("promotion of the standby: {error}")),
        }
        Ok(())
    }

    /// Stops all processes of the primary where they are.
    pub(crate) fn freeze(&self) {
        self.hosts[self.primary].server.iter().for_each(Process::freeze);
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        self.hosts[self.primary].server.iter().for_each(Process::thaw);
    }

    /// Ids of some jobs of the plant.
    ///
    /// # Errors
    /// The primary does not answer.
    pub(crate) async fn jobs(&self) -> Result<Vec<String>, String> {
        let told = |error: sqlx::Error| format!("jobs of the plant: {error}");
        let primary = &self.hosts[self.primary];
        let mut mes = primary.connect(&self.passwords, MES).await.map_err(told)?;
        let some = sqlx::query_scalar("select JOBID from DW_MES_JOB limit 2000");
        some.fetch_all(&mut mes).await.map_err(told)
    }

    /// Ports of both servers, beside the poolers.
    pub(crate) fn ports(&self) -> [u16; 2] {
        [self.hosts[0].port, self.hosts[1].port]
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// `HOST:PORT,HOST:PORT` of the poolers.
    pub(crate) fn poolers(&self) -> String {
        let address = |host: &Host| format!("127.0.0.1:{}", host.pooler_port);
        self.hosts.iter().map(address).collect::<Vec<_>>().join(",")
    }

    /// What there is, for a person: name, address, process id.
    pub(crate) fn parts(&self) -> Vec<(String, String, u32)> {
        let part = |number: usize| {
            let host = &self.hosts[number];
            let role = if number == self.primary { "primary" } else { "hot standby" };
            let pid = host.server.as_ref().map_or(0, Process::pid);
            let address = format!("127.0.0.1:{}, pgbouncer :{}", host.port, host.pooler_port);
            (format!("PostgreSQL {} ({role})", host.name), address, pid)
        };
        vec![part(0), part(1)]
    }
}
