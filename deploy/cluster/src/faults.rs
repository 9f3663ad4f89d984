//! What goes wrong, one thing after the other, and how the example gets over it.

use std::time::Duration;

use crate::example::Example;

/// How long the database stands still.
const DATABASE_FREEZE: Duration = Duration::from_secs(15);
/// How long Redis stands still: less than the sentinels wait, so that it stays the primary.
const REDIS_FREEZE: Duration = Duration::from_secs(2);
/// How long there is neither a primary nor a promotion.
const HEADLESS: Duration = Duration::from_secs(3);

/// Time between two servers that lose something.
const PAUSE: Duration = Duration::from_secs(5);

/// Something that goes wrong, or is done while people work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    KillWorker,
    KillSupervisor,
    StopRedis,
    FreezeRedis,
    Promote,
    Reload,
    FreezeDatabase,
}

impl Fault {
    /// All of them, in the order in which they come.
    pub(crate) const ALL: [Self; 7] = [
        Self::KillWorker,
        Self::KillSupervisor,
        Self::StopRedis,
        Self::FreezeRedis,
        Self::Promote,
        Self::Reload,
        Self::FreezeDatabase,
    ];

    /// Those after which the same workers go on, so that their memory can be compared.
    pub(crate) fn keeps_workers(self) -> bool {
        !matches!(self, Self::KillWorker | Self::KillSupervisor | Self::Reload)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KillWorker => "kill a worker",
            Self::KillSupervisor => "kill a supervisor",
            Self::StopRedis => "kill the Redis primary",
            Self::FreezeRedis => "freeze Redis",
            Self::Promote => "promote the standby",
            Self::Reload => "reload all servers",
            Self::FreezeDatabase => "freeze the database",
        }
    }

    /// Puts it into the example and waits until every part is there again; what was measured.
    ///
    /// # Errors
    /// A part does not come back.
    pub(crate) async fn put(self, example: &mut Example) -> Result<String, String> {
        match self {
            Self::KillWorker => {
                let mut told = Vec::new();
                for server in &example.servers {
                    told.push(seconds(server.kill_worker().await?));
                    recover(example).await?;
                }
                Ok(format!("of each server in turn, the next one after {}", told.join(" and ")))
            }
            Self::KillSupervisor => {
                let mut told = Vec::new();
                for number in 0..example.servers.len() {
                    told.push(seconds(example.servers[number].kill_supervisor().await?));
                    recover(example).await?;
                }
                Ok(format!("of each server in turn, started again after {}", told.join(" and ")))
            }
            Self::StopRedis => {
                let took = example.redis.fail_over().await?;
                example.redis.add_replica().await?;
                Ok(format!("the replica is in its place after {}", seconds(took)))
            }
            Self::FreezeRedis => {
                example.redis.freeze_for(REDIS_FREEZE).await?;
                Ok(format!("for {}", seconds(REDIS_FREEZE)))
            }
            Self::Promote => promote(example).await,
            Self::Reload => {
                let mut told = Vec::new();
                for server in &example.servers {
                    told.push(seconds(server.reload().await?));
                    recover(example).await?;
                }
                Ok(format!("one after the other, a new worker after {}", told.join(" and ")))
            }
            Self::FreezeDatabase => {
                example.databases.freeze();
                tokio::time::sleep(DATABASE_FREEZE).await;
                example.databases.thaw();
                Ok(format!("for {}", seconds(DATABASE_FREEZE)))
            }
        }
    }
}

/// Waits until the servers have settled, and a little longer, so that each in turn leads when it is lost.
async fn recover(example: &Example) -> Result<(), String> {
    example.settled().await?;
    tokio::time::sleep(PAUSE).await;
    Ok(())
}

/// The primary is killed when the standby has everything, so that nothing is lost with it: what the
/// plant has written is read again from the new primary.
async fn promote(example: &mut Example) -> Result<String, String> {
    let still = example.turn.clone().lock_owned().await;
    example.databases.followed().await?;
    example.databases.kill_primary();
    tokio::time::sleep(HEADLESS).await;
    example.databases.promote().await?;
    drop(still);
    let took = example.settled().await?;
    example.databases.add_standby().await?;
    Ok(format!("settled {} after the promotion, and a new standby follows", seconds(took)))
}

/// A duration as a person reads it.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
