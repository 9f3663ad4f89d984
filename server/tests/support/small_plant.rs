//! A small plant without any fault, in a database of its own, for tests that put faults into it.
//!
//! The same statements work in both databases: columns are text, numbers or moments as sites have
//! them, and every table has the columns that the source contract requires.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};

use crate::postgres::Server;

/// Lots of the plant: `L001` and so on.
pub const LOTS: usize = 240;
/// Machines of the plant: `M01` and so on.
pub const MACHINES: usize = 120;
/// Days with hours: the last ones before today.
pub const DAYS: i64 = 2;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    /// Columns of their own types.
    Postgres,
    /// Every column is text, so that a cell can hold anything.
    PostgresText,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::PostgresText];
    /// Those whose cells can hold anything.
    pub const ANY_CELL: [Self; 2] = [Self::Sqlite, Self::PostgresText];

    fn types(self) -> [&'static str; 4] {
        match self {
            Self::Sqlite => ["text", "integer", "real", "text"],
            Self::Postgres => ["varchar(200)", "bigint", "double precision", "timestamp"],
            Self::PostgresText => ["text"; 4],
        }
    }
}

/// A database with the plant in it.
pub struct SmallPlant {
    pub kind: Kind,
    url: String,
    /// Removed with the plant.
    _folder: tempfile::TempDir,
}

/// `days` from now, in plant time.
pub fn plant_time(days: i64) -> String {
    let zone = TimeZone::get("Asia/Taipei").unwrap();
    let moment = Timestamp::from_second(Timestamp::now().as_second() + days * 86_400).unwrap();
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The day `days` from now, in plant time.
pub fn plant_day(days: i64) -> String {
    plant_time(days)[..10].to_owned()
}

impl SmallPlant {
    /// A fresh plant; those in PostgreSQL share `server` and have a database of their own.
    pub async fn new(kind: Kind, server: &Server, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = if kind == Kind::Sqlite {
            let path = folder.path().join("plant.sqlite");
            let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
            SqliteConnection::connect_with(&options).await.unwrap().close().await.unwrap();
            format!("sqlite:{}", path.display())
        } else {
            let mut connection = server.connect().await;
            let create = format!("create database {name}");
            sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            let url = server.url();
            let (start, _) = url.rsplit_once('/').unwrap();
            format!("{start}/{name}")
        };
        let plant = Self { kind, url, _folder: folder };
        plant.run(&tables(kind)).await;
        plant.reset().await;
        plant
    }

    /// Takes every fault out again.
    pub async fn reset(&self) {
        self.run(&rows()).await;
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements in it.
    pub async fn run(&self, statements: &str) {
        let sql = AssertSqlSafe(statements.to_owned());
        if self.kind == Kind::Sqlite {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

fn tables(kind: Kind) -> String {
    let [text, integer, decimal, moment] = kind.types();
    format!(
        "create table DW_MES_LOT_V (LOTID {text}, QTY {integer}, HOLDREASONNAME {text}, CURRENTHOLDCOUNT {integer}, \
           SPECNAME {text}, WORKCENTERNAME {text}, AGEBYDAYS {decimal}, EQUIPMENTCOUNT {integer}, EQUIPMENTS {text}, \
           PACKAGE_LEF {text}, PJ_TYPE {text}, WORKORDER {text}, SPECSEQUENCE {integer}, WORKCENTER_GROUP {text}, \
           WORKCENTERSEQUENCE_GROUP {integer}, MOVEINTIMESTAMP {moment}, QTY2 {integer}, REMAINTIME {decimal}, SYS_DATE {moment});
         create table DW_MES_RESOURCE (RESOURCEID {text}, RESOURCENAME {text}, OBJECTCATEGORY {text}, OBJECTTYPE {text}, \
           WORKCENTERNAME {text}, LOCATIONNAME {text}, PJ_ASSETSSTATUS {text}, RESOURCEFAMILYNAME {text}, \
           PJ_ISPRODUCTION {integer}, PJ_ISKEY {integer}, PJ_ISMONITOR {integer}, LASTCHANGEDATE {moment});
         create table DW_MES_EQUIPMENTSTATUS_WIP_V (RESOURCEID {text}, EQUIPMENTASSETSSTATUS {text}, JOBORDER {text}, \
           RUNCARDLOTID {text}, LOTTRACKINQTY_PCS {integer}, LOTTRACKINTIME {moment});
         create table DW_MES_SPEC_WORKCENTER_V (WORK_CENTER {text}, WORK_CENTER_GROUP {text}, \
           WORKCENTERSEQUENCE_GROUP {integer}, WORK_CENTER_SHORT {text});
         create table DW_MES_RESOURCESTATUS_SHIFT (HISTORYID {text}, TXNDATE {moment}, OLDSTATUSNAME {text}, HOURS {decimal});
         create table DW_MES_JOB (JOBID {text}, RESOURCEID {text}, RESOURCENAME {text}, JOBSTATUS {text}, CREATEDATE {moment});
         create table DW_MES_JOBTXNHISTORY (JOBTXNHISTORYID {text}, JOBID {text}, TXNDATE {moment});"
    )
}

fn rows() -> String {
    let (now, before) = (plant_time(0), plant_time(-1));
    let mut script = String::new();
    for table in [
        "DW_MES_LOT_V",
        "DW_MES_RESOURCE",
        "DW_MES_EQUIPMENTSTATUS_WIP_V",
        "DW_MES_SPEC_WORKCENTER_V",
        "DW_MES_RESOURCESTATUS_SHIFT",
        "DW_MES_JOB",
    ] {
        script.push_str(&format!("delete from {table};"));
    }
    let mut add = |table: &str, rows: Vec<String>| {
        script.push_str(&format!("insert into {table} values {};", rows.join(", ")));
    };
    let lot = |n: usize| {
        let (held, reason) =
            if n.is_multiple_of(30) { ("1", "'特殊需求管控'") } else { ("0", "null") };
        format!(
            "('L{n:03}', '100', {reason}, '{held}', 'QC GATE 1', 'QC-1', '1.5', '0', null, 'QFN', 'T1', 'W{n:03}', '300', 'QC', '300', '{before}', '100', '2.5', '{now}')"
        )
    };
    let mapping = ["('WB-1', 'WB', '90', 'WB')", "('QC-1', 'QC', '300', 'QC')"];
    add("DW_MES_SPEC_WORKCENTER_V", mapping.map(str::to_owned).into());
    add("DW_MES_LOT_V", (1..=LOTS).map(lot).collect());
    let machine = |n: usize| {
        format!(
            "('M{n:02}', 'WB-{n:02}', 'ASSEMBLY', 'ASSEMBLY', 'WB-1', 'A', 'Approved', 'GWB', '1', '0', '0', '{before}')"
        )
    };
    add("DW_MES_RESOURCE", (1..=MACHINES).map(machine).collect());
    let state = |n: usize| format!("('M{n:02}', 'PRD', null, 'L{n:03}', '100', '{before}')");
    add("DW_MES_EQUIPMENTSTATUS_WIP_V", (1..=MACHINES).map(state).collect());
    let hours = (1..=MACHINES).flat_map(|n| {
        (1..=DAYS).flat_map(move |day| {
            let day = plant_day(-day);
            [("PRD", "20"), ("SBY", "4")].map(|(state, hours)| {
                format!("('M{n:02}', '{day} 07:30:00', '{state}', '{hours}')")
            })
        })
    });
    add("DW_MES_RESOURCESTATUS_SHIFT", hours.collect());
    let job = |n: usize| format!("('J{n:02}', 'M{n:02}', 'WB-{n:02}', 'OPEN', '{before}')");
    add("DW_MES_JOB", (1..=10).map(job).collect());
    script
}
