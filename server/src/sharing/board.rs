//! The board in Redis.
//!
//! | key | is |
//! |---|---|
//! | `board:PLANT:lease` | `FENCE:SERVER` of the leader, for the time of the lease |
//! | `board:PLANT:versions` | a hash: `fence`; per dataset the signed pointer, its place (`.changed`) and when it was written (`.written`, ms of Redis's clock); what clients have seen and no server has here (`.wanted`); `refresh`, a count of requests to read everything |
//! | `board:PLANT:part:DIGEST` | a hash: a part of a version in chunks |
//! | `board:PLANT:servers` | a hash: the last sign of life of each server, ms of Redis's clock |
//!
//! A look at the board is one round trip, several times a second: that works the same with sentinels and
//! after a failover, where subscriptions would have to be renewed and might have missed something.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::redis::pipe;
use compute_core::table::Dataset;

use super::pointer::{PartRef, Pointer};
use super::policy::Sight;
use crate::auth::secret_key::SecretKey;
use crate::redis::{Redis, RedisFailure};
use crate::snapshot::AsOf;

/// Of pointers and parts. Servers of another one, or of another version of the program, share nothing
/// with this one.
const FORMAT: u32 = 1;
/// Bytes of a part that go over the shared connection at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// How long parts are kept that no leader renews.
const KEEP_PARTS_MS: u64 = 15 * 60 * 1000;
/// How long pointers are kept that no leader moves: longer than any interval.
const KEEP_VERSIONS_MS: u64 = 48 * 60 * 60 * 1000;
/// A server that gives no sign of life for this long is gone.
const GONE_MS: u64 = 10_000;

/// Takes the lease if it is free. Keys: lease, versions. Arguments: server, lowest fence but one, ms.
/// The fence, or 0.
const ACQUIRE: &str = "
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local fence = math.max(tonumber(redis.call('HGET', KEYS[2], 'fence') or '0'), tonumber(ARGV[2])) + 1
redis.call('HSET', KEYS[2], 'fence', string.format('%.0f', fence))
redis.call('SET', KEYS[1], string.format('%.0f', fence) .. ':' .. ARGV[1], 'PX', ARGV[3])
return fence";

/// Extends the lease if it is this one. Keys: lease. Arguments: the lease, ms. 1, or 0.
const RENEW: &str = "
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// Ends the lease if it is this one. Keys: lease. Arguments: the lease.
const RELEASE: &str = "
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// Moves a pointer, unless a later leader has written, or what is there is newer. Keys: versions.
/// Arguments: dataset, fence, place, pointer, whether what is there doesn't count, ms.
/// `{1}`; `{0, fence}` for a late writer; `{2, place}` where a newer one is.
const MOVE: &str = "
local fence = redis.call('HGET', KEYS[1], 'fence') or '0'
if tonumber(ARGV[2]) < tonumber(fence) then return {0, fence} end
local changed = redis.call('HGET', KEYS[1], ARGV[1] .. '.changed') or '0'
if ARGV[5] == '0' and tonumber(ARGV[3]) < tonumber(changed) then return {2, changed} end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'fence', ARGV[2], ARGV[1], ARGV[4], ARGV[1] .. '.changed', ARGV[3],
  ARGV[1] .. '.written', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return {1, '0'}";

/// Notes what a client has seen. Keys: versions. Arguments: dataset, place.
const WANT: &str = "
local field = ARGV[1] .. '.wanted'
if tonumber(ARGV[2]) > tonumber(redis.call('HGET', KEYS[1], field) or '0') then
  redis.call('HSET', KEYS[1], field, ARGV[2])
end
return 1";

/// Gives a sign of life, and names the servers that live. Keys: servers. Arguments: server, ms after
/// which one is gone.
const SIGN_OF_LIFE: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local known, living = redis.call('HGETALL', KEYS[1]), {}
for at = 1, #known, 2 do
  if now - tonumber(known[at + 1]) > tonumber(ARGV[2]) then redis.call('HDEL', KEYS[1], known[at])
  else table.insert(living, known[at]) end
end
return living";

/// Why the board gave no result.
#[derive(Debug, thiserror::Error)]
pub enum BoardFailure {
    /// Redis did.
    #[error(transparent)]
    Redis(#[from] RedisFailure),
    /// A part is not there, or not as it was written.
    #[error("a part of a version in Redis is missing or damaged")]
    Part,
}

/// What became of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    Done,
    /// A later leader has written.
    Void {
        fence: u64,
    },
    /// What is there has a later place.
    Older {
        than: AsOf,
    },
}

/// What the board says of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// `None` when it isn't ours.
    pub pointer: Option<Pointer>,
    /// Time since it was written.
    pub age: Duration,
    /// As it is in Redis.
    value: Vec<u8>,
}

/// A look at the board.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub sight: Sight,
    /// Server that holds the lease.
    pub leader: Option<String>,
    /// By dataset; `None` where there is nothing.
    pub entries: [Option<Entry>; Dataset::ALL.len()],
    /// By dataset, what some client has seen.
    pub wanted: [Option<AsOf>; Dataset::ALL.len()],
    /// Requests to read everything, since the board exists.
    pub refreshes: u64,
}

/// The board of one plant, for one server.
#[derive(Debug)]
pub struct Board {
    redis: Arc<Redis>,
    key: SecretKey,
    /// Name of this server.
    server: String,
    plant: String,
}

type Fields = HashMap<String, Vec<u8>>;

fn number(fields: &Fields, name: &str) -> Option<u64> {
    std::str::from_utf8(fields.get(name)?).ok()?.parse().ok()
}

impl Board {
    /// The board of the servers that share a `plant`: what all numbers depend on besides the rows.
    pub fn new(redis: Arc<Redis>, key: SecretKey, plant: &str, server: String) -> Self {
        let shared = format!("{FORMAT}\n{}\n{plant}", env!("CARGO_PKG_VERSION"));
        let plant = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(shared.as_bytes()));
        Self { redis, key, server, plant }
    }

    pub fn server(&self) -> &str {
        &self.server
    }

    fn name(&self, what: &str) -> String {
        self.redis.full(&format!("board:{}:{what}", self.plant))
    }

    /// Waits for the connection to Redis, for `patience` at most.
    pub(super) async fn open(&self, patience: Duration) {
        if tokio::time::timeout(patience, self.redis.probe()).await.is_err() {
            tracing::debug!("Redis did not respond yet");
        }
    }

    /// Looks at it, given the pointers of the last look: those that didn't move are not checked again.
    pub(super) async fn look(&self, last: &View) -> Result<View, RedisFailure> {
        let mut all = pipe();
        all.cmd("GET").arg(self.name("lease"));
        all.cmd("HGETALL").arg(self.name("versions")).cmd("TIME");
        let (lease, fields, (secs, micros)): (Option<String>, Fields, (u64, u64)) =
            self.redis.call(&all).await?;
        let now_ms = secs * 1000 + micros / 1000;
        let mut view =
            View { refreshes: number(&fields, "refresh").unwrap_or(0), ..View::default() };
        view.sight.fence = number(&fields, "fence").unwrap_or(0);
        if let Some((fence, holder)) = lease.as_deref().and_then(|lease| lease.split_once(':')) {
            view.sight.lease = fence.parse().ok().map(|fence| (fence, holder == self.server));
            view.leader = Some(holder.to_owned());
        }
        for dataset in Dataset::ALL {
            let (place, name) = (dataset as usize, dataset.name());
            view.wanted[place] = number(&fields, &format!("{name}.wanted"))
                .and_then(|place| i64::try_from(place).ok().map(AsOf));
            let Some(value) = fields.get(name) else { continue };
            let written_ms = number(&fields, &format!("{name}.written")).unwrap_or(now_ms);
            let known = last.entries[place].as_ref().filter(|entry| entry.value == *value);
            let pointer = match known {
                Some(known) => known.pointer.clone(),
                None => Pointer::opened(&self.key, &self.plant, dataset, value),
            };
            let age = Duration::from_millis(now_ms.saturating_sub(written_ms));
            view.entries[place] = Some(Entry { pointer, age, value: value.clone() });
        }
        Ok(view)
    }

    /// Gives a sign of life; the servers that live, this one included.
    pub(super) async fn sign_of_life(&self) -> Result<Vec<String>, RedisFailure> {
        let mut one = pipe();
        one.cmd("EVAL").arg(SIGN_OF_LIFE).arg(1).arg(self.name("servers"));
        one.arg(&self.server).arg(GONE_MS);
        let (mut living,): (Vec<String>,) = self.redis.call(&one).await?;
        living.sort_unstable();
        Ok(living)
    }

    /// Takes the free lease, with a fence above `above`.
    pub(super) async fn acquire(
        &self,
        above: u64,
        lease: Duration,
    ) -> Result<Option<u64>, RedisFailure> {
        let mut one = pipe();
        one.cmd("EVAL").arg(ACQUIRE).arg(2).arg(self.name("lease")).arg(self.name("versions"));
        one.arg(&self.server).arg(above).arg(lease.as_millis() as u64);
        let (fence,): (u64,) = self.redis.call(&one).await?;
        Ok((fence > 0).then_some(fence))
    }

    /// Whether the lease was still there, and is extended.
    pub(super) async fn renew(&self, fence: u64, lease: Duration) -> Result<bool, RedisFailure> {
        let mut one = pipe();
        one.cmd("EVAL").arg(RENEW).arg(1).arg(self.name("lease")).arg(self.lease(fence));
        one.arg(lease.as_millis() as u64);
        let (done,): (bool,) = self.redis.call(&one).await?;
        Ok(done)
    }

    pub(super) async fn release(&self, fence: u64) -> Result<(), RedisFailure> {
        let mut all = pipe();
        all.cmd("EVAL").arg(RELEASE).arg(1).arg(self.name("lease")).arg(self.lease(fence)).ignore();
        self.redis.call(&all).await
    }

    /// Takes this server off the list of those that live.
    pub(super) async fn sign_off(&self) -> Result<(), RedisFailure> {
        let mut one = pipe();
        one.cmd("HDEL").arg(self.name("servers")).arg(&self.server).ignore();
        self.redis.call(&one).await
    }

    fn lease(&self, fence: u64) -> String {
        format!("{fence}:{}", self.server)
    }

    /// Moves a pointer. What is there doesn't count where it isn't ours.
    pub(super) async fn move_pointer(
        &self,
        dataset: Dataset,
        pointer: &Pointer,
        is_foreign: bool,
    ) -> Result<Moved, RedisFailure> {
        // Words and numbers are always JSON.
        let value = pointer.sealed(&self.key, &self.plant).unwrap_or_default();
        let mut one = pipe();
        one.cmd("EVAL").arg(MOVE).arg(1).arg(self.name("versions")).arg(dataset.name());
        one.arg(pointer.fence).arg(pointer.order().changed.0).arg(value);
        one.arg(u8::from(is_foreign)).arg(KEEP_VERSIONS_MS);
        let ((done, than),): ((u8, String),) = self.redis.call(&one).await?;
        Ok(match done {
            1 => Moved::Done,
            0 => Moved::Void { fence: than.parse().unwrap_or(0) },
            _ => Moved::Older { than: AsOf(than.parse().unwrap_or(0)) },
        })
    }

    /// Stores a part, in chunks so that other commands need not wait for all of it.
    pub(super) async fn store(&self, part: &[u8]) -> Result<(), RedisFailure> {
        let name = self.part(&PartRef::of(part));
        for (place, chunk) in part.chunks(CHUNK_BYTES).enumerate() {
            let mut one = pipe();
            one.cmd("HSET").arg(&name).arg(place).arg(chunk).ignore();
            one.cmd("PEXPIRE").arg(&name).arg(KEEP_PARTS_MS).ignore();
            self.redis.call::<()>(&one).await?;
        }
        Ok(())
    }

    /// A part; its digest is not checked here.
    pub(super) async fn fetch(&self, part: &PartRef) -> Result<Vec<u8>, BoardFailure> {
        let (name, mut bytes) = (self.part(part), Vec::with_capacity(part.bytes));
        for place in 0..part.bytes.div_ceil(CHUNK_BYTES) {
            let mut one = pipe();
            one.cmd("HGET").arg(&name).arg(place);
            let (chunk,): (Option<Vec<u8>>,) = self.redis.call(&one).await?;
            bytes.extend(chunk.ok_or(BoardFailure::Part)?);
        }
        Ok(bytes)
    }

    /// Renews parts; whether all of them are there.
    pub(super) async fn keep(&self, parts: [&PartRef; 2]) -> Result<bool, RedisFailure> {
        let mut all = pipe();
        for part in parts {
            let name = self.part(part);
            all.cmd("PEXPIRE").arg(&name).arg(KEEP_PARTS_MS).ignore().cmd("HLEN").arg(&name);
        }
        let lengths: (usize, usize) = self.redis.call(&all).await?;
        let chunks = parts.map(|part| part.bytes.div_ceil(CHUNK_BYTES));
        Ok(lengths == (chunks[0], chunks[1]))
    }

    fn part(&self, part: &PartRef) -> String {
        self.name(&format!("part:{}", part.digest))
    }

    /// Asks the leader for a content that covers what a client has seen.
    pub(super) async fn want(&self, dataset: Dataset, seen: AsOf) -> Result<(), RedisFailure> {
        let mut one = pipe();
        one.cmd("EVAL").arg(WANT).arg(1).arg(self.name("versions"));
        one.arg(dataset.name()).arg(seen.0).ignore();
        self.redis.call(&one).await
    }

    /// Asks the leader to read everything.
    pub(super) async fn ask_refresh(&self) -> Result<(), RedisFailure> {
        let mut one = pipe();
        one.cmd("HINCRBY").arg(self.name("versions")).arg("refresh").arg(1).ignore();
        self.redis.call(&one).await
    }
}
