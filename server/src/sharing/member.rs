//! This server among the others: looks at the board and plays its role.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use compute_core::table::Dataset;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::board::{Board, View};
use super::pointer::Pointer;
use super::policy::{Action, Limits, Machine, Role};
use crate::auth::secret_key::SecretKey;
use crate::redis::{Redis, RedisFailure};
use crate::snapshot::{AsOf, Duty, Intervals, Refresher, SnapshotStore};

/// Time between looks at the board.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The same while the board does not respond.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Looks that clients cause are at least this far apart.
const LOOK_SPACING: Duration = Duration::from_millis(20);
/// Time between signs of life, and between checks that the parts of versions are there.
const SIGN_EVERY: Duration = Duration::from_secs(1);
/// How long a new leader tries to load what its predecessor published.
const SETTLE: Duration = Duration::from_secs(5);

const DATASETS: usize = Dataset::ALL.len();

/// What a server needs to share.
pub struct SharingSetup {
    pub redis: Arc<Redis>,
    /// Signs pointers and tokens: the same on all servers.
    pub key: SecretKey,
    /// What all numbers depend on besides the rows: servers of the same text share.
    pub plant: String,
    /// Name of this process, unique among the servers.
    pub server: String,
    pub store: Arc<SnapshotStore>,
    pub intervals: Intervals,
    pub now: fn() -> Timestamp,
}

/// What happened since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub published: AtomicU64,
    pub restored: AtomicU64,
    pub void: AtomicU64,
    pub loaded: AtomicU64,
    pub load_failures: AtomicU64,
    pub behind: AtomicU64,
}

/// What is known of a lease since it was taken.
#[derive(Clone, Copy, Debug)]
struct Reign {
    fence: u64,
    since: Instant,
    is_settled: bool,
}

/// This server among the others.
pub struct Sharing {
    pub(super) board: Board,
    pub(super) store: Arc<SnapshotStore>,
    pub(super) now: fn() -> Timestamp,
    pub(super) key: SecretKey,
    machine: Mutex<Machine>,
    limits: Limits,
    started: Instant,
    duty: watch::Sender<Duty>,
    pub(super) view: ArcSwap<View>,
    /// By dataset, the pointer to what the store has; `None` where the store has something else.
    held: Mutex<[Option<Pointer>; DATASETS]>,
    /// By dataset, whether parts of it are on their way.
    pub(super) busy: [AtomicBool; DATASETS],
    /// By dataset, what clients have seen.
    pub(super) wanted: [AtomicI64; DATASETS],
    wake: Notify,
    /// The MES database's clock, and when it showed that.
    clock: Mutex<Option<(AsOf, Instant)>>,
    reign: Mutex<Option<Reign>>,
    pub(super) servers: ArcSwap<Vec<String>>,
    pub(super) trouble: Mutex<Option<String>>,
    pub(super) counts: Counts,
}

pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sharing {
    /// A server that has not joined yet.
    pub fn new(setup: SharingSetup) -> Arc<Self> {
        let SharingSetup { redis, key, plant, server, store, intervals, now } = setup;
        let each = Dataset::ALL.map(|dataset| intervals.of(dataset));
        let limits = Limits::of_intervals(each, intervals.longest_read);
        Arc::new(Self {
            board: Board::new(redis, key.clone(), &plant, server),
            store,
            now,
            key,
            machine: Mutex::new(Machine::new(limits, Duration::ZERO)),
            limits,
            started: Instant::now(),
            duty: watch::Sender::new(Duty::Wait),
            view: ArcSwap::default(),
            held: Mutex::default(),
            busy: Default::default(),
            wanted: Default::default(),
            wake: Notify::new(),
            clock: Mutex::default(),
            reign: Mutex::default(),
            servers: ArcSwap::default(),
            trouble: Mutex::default(),
            counts: Counts::default(),
        })
    }

    /// Takes part until `stop`; a server that drains hands its role over at once.
    pub async fn keep(
        self: &Arc<Self>,
        refresher: &Refresher,
        draining: &CancellationToken,
        stop: &CancellationToken,
    ) {
        let rounds = async {
            self.board.open(LOOK_AGAIN).await;
            let mut signed_at: Option<Instant> = None;
            loop {
                let is_due = signed_at.is_none_or(|at| at.elapsed() >= SIGN_EVERY);
                let pause = match self.round(refresher, is_due).await {
                    Ok(()) => LOOK_EVERY,
                    Err(failure) => {
                        self.note_trouble(&failure);
                        self.on_machine(Machine::board_failed);
                        LOOK_AGAIN
                    }
                };
                if is_due {
                    signed_at = Some(Instant::now());
                }
                self.follow_duty();
                self.serve_wants(refresher).await;
                sleep(LOOK_SPACING).await;
                let is_leaving = draining.is_cancelled();
                tokio::select! {
                    () = sleep(pause) => {}
                    () = self.wake.notified() => {}
                    () = draining.cancelled(), if !is_leaving => self.leave().await,
                }
            }
        };
        stop.run_until_cancelled(rounds).await;
        self.leave().await;
        if let Err(failure) = self.board.sign_off().await {
            tracing::debug!(%failure, "this server could not be taken off the board");
        }
    }

    async fn leave(&self) {
        self.on_machine(|machine, _| machine.leave());
        if let Err(failure) = self.act().await {
            tracing::debug!(%failure, "the lease was not given back; it ends by itself");
        }
        self.follow_duty();
    }

    /// One look at the board, and what follows from it.
    async fn round(
        self: &Arc<Self>,
        refresher: &Refresher,
        is_due: bool,
    ) -> Result<(), RedisFailure> {
        let last = self.view.load_full();
        let mut view = self.board.look(&last).await?;
        if is_due {
            self.servers.store(Arc::new(self.board.sign_of_life().await?));
        }
        view.sight.others = self.servers.load().len().saturating_sub(1);
        let (sight, refreshes) = (view.sight, view.refreshes);
        let is_first = last.sight == Default::default() && last.refreshes == 0;
        let view = Arc::new(view);
        self.view.store(view.clone());
        self.on_machine(|machine, now| machine.board_seen(now, sight));
        self.act().await?;
        let leads = matches!(self.role(), Role::Leading { .. });
        let is_settled = !leads || self.is_settled(&view);
        for dataset in Dataset::ALL {
            if leads && is_settled {
                self.lead(dataset, &view, is_due).await?;
            } else {
                self.follow(dataset, &view);
            }
        }
        if leads && !is_first && refreshes > last.refreshes {
            refresher.refresh_now();
        }
        *lock(&self.trouble) = self.trouble_of(&view);
        Ok(())
    }

    fn trouble_of(&self, view: &View) -> Option<String> {
        let foreign = view.entries.iter().flatten().any(|entry| entry.pointer.is_none());
        foreign.then(|| {
            "what another server published is not signed with this server's SECRET_KEY".to_owned()
        })
    }

    /// Sends what the machine wants, until it wants nothing.
    async fn act(&self) -> Result<(), RedisFailure> {
        while let Some(action) = self.on_machine(Machine::next) {
            let sent_at = self.started.elapsed();
            match action {
                Action::Acquire { above } => {
                    let Some(fence) = self.board.acquire(above, self.limits.lease).await? else {
                        return Ok(());
                    };
                    let reign = Reign { fence, since: Instant::now(), is_settled: false };
                    *lock(&self.reign) = Some(reign);
                    self.on_machine(|machine, _| machine.granted(sent_at, fence));
                }
                Action::Renew { fence } => {
                    let renewed = self.board.renew(fence, self.limits.lease).await?;
                    self.on_machine(|machine, _| match renewed {
                        true => machine.granted(sent_at, fence),
                        false => machine.refused(fence),
                    });
                    if !renewed {
                        return Ok(());
                    }
                }
                Action::Release { fence } => return self.board.release(fence).await,
            }
        }
        Ok(())
    }

    /// Whether a leader has what its predecessor published, or has tried for long enough.
    fn is_settled(&self, view: &View) -> bool {
        let Role::Leading { fence } = self.role() else { return true };
        let has_all = Dataset::ALL.iter().all(|dataset| {
            let entry = view.entries[*dataset as usize].as_ref();
            let pointer = entry.and_then(|entry| entry.pointer.as_ref());
            pointer.is_none_or(|pointer| !self.is_worth_loading(*dataset, pointer))
        });
        let mut reign = lock(&self.reign);
        // A lease whose grant was lost on its way back is taken up by a renewal.
        let reign = reign.get_or_insert(Reign { fence, since: Instant::now(), is_settled: false });
        if reign.fence != fence {
            *reign = Reign { fence, since: Instant::now(), is_settled: false };
        }
        reign.is_settled |= has_all || reign.since.elapsed() >= SETTLE;
        reign.is_settled
    }

    /// Whether what a pointer names is not here and not older than what is.
    pub(super) fn is_worth_loading(&self, dataset: Dataset, pointer: &Pointer) -> bool {
        if self.held(dataset).is_some_and(|held| held.is_same(pointer)) {
            return false;
        }
        let plant = self.store.current();
        let same_version =
            plant.published(dataset).is_some_and(|published| published.version == pointer.version);
        let order = plant.state(dataset).order;
        same_version || order.is_none_or(|order| pointer.order().covers(order.changed))
    }

    /// The key that tokens are signed with.
    pub fn key(&self) -> &SecretKey {
        &self.key
    }

    /// What this server is.
    pub fn role(&self) -> Role {
        let now = self.started.elapsed();
        lock(&self.machine).role(now)
    }

    /// Tells the refresher what to do, and the log what has changed.
    fn follow_duty(&self) {
        let duty = match self.role() {
            Role::Leading { .. } if self.is_settled(&self.view.load()) => Duty::Read,
            Role::Alone => Duty::ReadApart,
            Role::Leading { .. } | Role::Following | Role::Joining => Duty::Wait,
        };
        let is_other = |known: &mut Duty| std::mem::replace(known, duty) != duty;
        if self.duty.send_if_modified(is_other) {
            let view = self.view.load();
            let leader = view.leader.as_deref();
            match duty {
                Duty::Read => tracing::info!("this server refreshes for all servers"),
                Duty::ReadApart => {
                    tracing::warn!(
                        trouble = lock(&self.trouble).as_deref(),
                        "this server reads for itself"
                    );
                }
                Duty::Wait => tracing::info!(leader, "another server refreshes"),
            }
        }
    }

    pub(super) fn duty(&self) -> watch::Receiver<Duty> {
        self.duty.subscribe()
    }

    pub(super) fn on_machine<T>(&self, change: impl FnOnce(&mut Machine, Duration) -> T) -> T {
        let now = self.started.elapsed();
        change(&mut lock(&self.machine), now)
    }

    pub(super) fn held(&self, dataset: Dataset) -> Option<Pointer> {
        lock(&self.held)[dataset as usize].clone()
    }

    pub(super) fn hold(&self, dataset: Dataset, pointer: Option<Pointer>) {
        lock(&self.held)[dataset as usize] = pointer;
    }

    pub(super) fn set_clock(&self, shown: AsOf, at: Instant) {
        *lock(&self.clock) = Some((shown, at));
    }

    /// The database's clock now; `None` before it is known.
    pub(super) fn database_now(&self) -> Option<AsOf> {
        let (shown, at) = (*lock(&self.clock))?;
        Some(shown.after(at.elapsed()))
    }

    pub(super) fn note_trouble(&self, trouble: &impl std::fmt::Display) {
        let text = trouble.to_string();
        if lock(&self.trouble).replace(text.clone()).as_deref() != Some(text.as_str()) {
            tracing::debug!(trouble = text, "the board of the servers");
        }
    }

    pub(super) fn look_soon(&self) {
        self.wake.notify_one();
    }
}
