//! The simulated plant in PostgreSQL: made once, then moved by one task, however many servers read it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, PlantSize, sql};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, timeout};

use crate::postgres::{MES, Passwords, connect_to_primary};

/// Seed of the plant: that of the demo.
const SEED: u64 = 20_261_120;
/// The plant's time zone.
pub(crate) const ZONE: &str = "Asia/Taipei";
/// Time between two moves.
const TICK: Duration = Duration::from_secs(5);
/// Share of the lots that move in a tick, as in the demo.
const SHARE: f64 = 0.012;
/// Longest wait for the database to take a move.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tables whose rows change with every move. They are replaced as a whole: ages of all lots change.
const MOVING: [SourceTable; 2] = [SourceTable::Lots, SourceTable::EquipmentStatus];
/// Half a year of shift hours takes an index.
const INDEX: &str = "create index on DW_MES_RESOURCESTATUS_SHIFT (TXNDATE)";

/// The plant.
pub(crate) struct Plant {
    factory: Factory,
}

fn plant_time() -> DateTime {
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    let now = Timestamp::now().to_zoned(zone).datetime();
    now.round(jiff::Unit::Second).unwrap_or(now)
}

impl Plant {
    /// A new plant of so many lots and machines.
    pub(crate) fn new(lots: usize, machines: usize) -> Self {
        Self { factory: Factory::new(SEED, plant_time(), PlantSize::of(lots, machines)) }
    }

    /// Statements that make and fill all tables.
    pub(crate) fn tables(&self) -> impl Iterator<Item = String> {
        let tables = SourceTable::ALL.into_iter();
        let fill = tables.flat_map(|table| sql::statements(&self.factory, table));
        fill.chain([INDEX.to_owned()])
    }

    /// Moves the plant until the task is dropped, in the primary of the servers at `ports`. The task
    /// waits while `turn` is held.
    pub(crate) async fn keep_moving(
        mut self,
        ports: [u16; 2],
        passwords: Passwords,
        turn: Arc<Mutex<()>>,
    ) {
        let mut clock = tokio::time::interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut kept = None;
        loop {
            clock.tick().await;
            let _turn = turn.lock().await;
            self.factory.tick(plant_time(), SHARE);
            let connection = match kept.take() {
                Some(connection) => Ok(connection),
                None => connect_to_primary(ports, &passwords, MES).await,
            };
            // Without a primary, or a move that is not taken, the plant is written with the next tick.
            if let Ok(mut connection) = connection {
                let written = timeout(PATIENCE, self.write(&mut connection)).await;
                kept = matches!(written, Ok(Ok(()))).then_some(connection);
            }
        }
    }

    async fn write(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin().await?;
        for table in MOVING {
            let clear = format!("delete from {};", table.name());
            // The first statement makes the table.
            let fill = sql::statements(&self.factory, table).skip(1);
            let script: String = std::iter::once(clear).chain(fill).collect();
            sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}
