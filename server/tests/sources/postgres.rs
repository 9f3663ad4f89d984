//! A real PostgreSQL against SQLite: other column types, equal snapshots.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use compute_core::table::Dataset;
use mes_dashboard::source::MesDatabase;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::tables::{self, Types};

/// Where Debian keeps the programs of the newest PostgreSQL that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("postgres").exists()).max()
}

/// A server of its own: own data, own socket folder, no TCP; ended by pid.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

/// Numeric user and group of `postgres`; its programs refuse to run as root.
fn postgres_user() -> Option<(u32, u32)> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = passwd.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn program(name: &str) -> Command {
    let folder = programs().expect("PostgreSQL is missing: apt-get install postgresql");
    let mut command = Command::new(folder.join(name));
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if root && let Some((user, group)) = postgres_user() {
        command.uid(user).gid(group);
    }
    command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = postgres_user() {
            // Fails without root, where the folder is already ours.
            let _ = std::os::unix::fs::chown(folder.path(), Some(user), Some(group));
        }
        let data = folder.path().join("data");
        let made = program("initdb")
            .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--username=postgres", "-D"])
            .arg(&data)
            .status();
        assert!(made.unwrap().success(), "initdb failed");
        let process = program("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c"])
            .arg(format!("unix_socket_directories={}", folder.path().display()))
            .spawn()
            .unwrap();
        Self { process, folder }
    }

    fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.path().display())
    }

    async fn connect(&self) -> PgConnection {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match PgConnection::connect(&self.url()).await {
                Ok(connection) => return connection,
                Err(error) => {
                    assert!(Instant::now() < deadline, "PostgreSQL did not start: {error}")
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const NATIVE: Types = Types {
    text: "varchar(200)",
    integer: "smallint",
    decimal: "numeric(12,2)",
    date: "timestamp",
    flag: "boolean",
};
const AS_TEXT: Types = Types {
    text: "text",
    integer: "bigint",
    decimal: "double precision",
    date: "varchar(19)",
    flag: "int",
};

#[tokio::test]
async fn both_databases_give_the_same_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let (_, sqlite) =
        crate::sqlite::database(folder.path(), &tables::script(&crate::sqlite::TYPES)).await;
    let expected = tables::versions(&sqlite).await.unwrap();

    let server = Server::start();
    let mut connection = server.connect().await;
    for (schema, types) in [("native", NATIVE), ("as_text", AS_TEXT)] {
        let script = format!(
            "create schema {schema}; set search_path to {schema}; {}",
            tables::script(&types)
        );
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
        let mut names = tables::names();
        for name in [
            &mut names.lots,
            &mut names.resources,
            &mut names.equipment_status,
            &mut names.workcenters,
        ] {
            *name = format!("{schema}.{name}");
        }
        let database = MesDatabase::new(&server.url(), names).unwrap();
        assert_eq!(tables::versions(&database).await.unwrap(), expected, "{schema}");
        let stamp = database.stamp(Dataset::Wip).await.unwrap();
        assert_eq!(stamp.as_deref(), Some("2026-11-20 08:00:00/4"), "{schema}");
        database.close().await;
    }
    let database = MesDatabase::new(&server.url(), tables::names()).unwrap();
    let error = database.read_table(Dataset::Wip).await.unwrap_err().to_string();
    assert!(error.contains("no table or view DW_MES_LOT_V"), "{error}");
    database.close().await;
    connection.close().await.unwrap();
}
