//! Watches, keeps what it knows, and sends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use compute_core::alert::AlertRule;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::book::{AlertBook, Delivery, Now};
use super::report::{AlertNews, AlertReport, AlertsNow};
use super::rules::{RuleBook, RuleProblem};
use super::webhook::{Outcome, Target, WebhookTimes, Webhooks};
use crate::auth::clock::Clock;
use crate::runtime_files::{self, Readers, RuntimeFileError};
use crate::snapshot::{Plant, SnapshotStore};

/// How often rules are looked at without a new version; far less than the silence that is a gap.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How often what is known is written down without a change, so that a restart leaves no gap.
const SAVE_EVERY: SignedDuration = SignedDuration::from_secs(60);
const LOCK: &str = "keeper.lock";
const RULES: &str = "rules.json";
const STATE: &str = "state.json";
/// Longest file that is read.
const MOST_BYTES: u64 = 16 << 20;

/// What alerts are made of.
pub struct AlertSetup {
    /// Folder of the files, made when missing.
    pub folder: PathBuf,
    pub zone: TimeZone,
    pub clock: Clock,
    /// Addresses that are told; `None` for none.
    pub webhooks: Option<Webhooks>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// Another process watches, for the time of a reload.
    #[error("another process watches the rules now")]
    NotKeeper,
    /// Somebody else changed the rules in the meantime.
    #[error("the rules are at revision {current} now")]
    Conflict {
        /// The revision that is in force.
        current: i64,
    },
    /// There is no such rule or firing.
    #[error("there is no {0}")]
    Unknown(&'static str),
    /// It can't be written down.
    #[error(transparent)]
    File(#[from] RuntimeFileError),
}

#[derive(Debug, Default)]
struct Desk {
    /// Held for as long as this process watches.
    lock: Option<File>,
    rules: RuleBook,
    /// The file that `rules` were read from.
    rules_file: Option<Vec<u8>>,
    book: AlertBook,
    saved_at: Option<Timestamp>,
    problem: Option<String>,
}

/// What readers get, who never wait for a look or for a disk.
#[derive(Debug, Default)]
struct Seen {
    news: AlertNews,
    shown: AlertsNow,
    report: AlertReport,
    rules: RuleBook,
}

/// The rules, and what they found.
pub struct PlantAlerts {
    setup: AlertSetup,
    desk: Mutex<Desk>,
    seen: ArcSwap<Seen>,
    /// Wakes the senders.
    queued: Notify,
}

impl PlantAlerts {
    pub fn new(setup: AlertSetup) -> Arc<Self> {
        let (desk, seen) = (Mutex::default(), ArcSwap::default());
        let alerts = Self { setup, desk, seen, queued: Notify::new() };
        alerts.publish(&alerts.desk());
        Arc::new(alerts)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.setup.folder.join(name)
    }

    fn now(&self) -> Timestamp {
        self.setup.clock.now()
    }

    /// Follows a store and sends webhooks until `stop`.
    pub async fn keep(self: Arc<Self>, store: Arc<SnapshotStore>, stop: CancellationToken) {
        let targets = self.setup.webhooks.iter().flat_map(|webhooks| webhooks.targets());
        let senders: Vec<_> = targets
            .map(|target| {
                let (alerts, target, stop) = (self.clone(), target.clone(), stop.clone());
                tokio::spawn(async move {
                    stop.run_until_cancelled(alerts.send_to(target)).await;
                })
            })
            .collect();
        let mut changes = store.subscribe();
        let mut every = tokio::time::interval(LOOK_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = every.tick() => {}
                changed = changes.changed() => if changed.is_err() { break },
            }
            let (alerts, plant) = (self.clone(), store.current());
            // A panic has been logged; the next look is another attempt.
            if tokio::task::spawn_blocking(move || alerts.note(&plant)).await.unwrap_or(false) {
                store.wake();
            }
        }
        for sender in senders {
            // One that panicked has been logged.
            let _ = sender.await;
        }
        let alerts = self.clone();
        // So that the next process goes on where this one ends.
        let _ = tokio::task::spawn_blocking(move || alerts.leave()).await;
    }

    /// Writes down what is known, and lets another process watch.
    fn leave(&self) {
        let mut desk = self.desk();
        if desk.lock.is_some() {
            self.save(&mut desk);
            desk.lock = None;
            self.publish(&desk);
        }
    }

    /// Looks at every rule; returns whether there is news for pages. Reads and writes files: not for
    /// async threads.
    pub fn note(&self, plant: &Plant) -> bool {
        let mut desk = self.desk();
        let before = self.news();
        if let Err(error) = self.open(&mut desk) {
            report(&mut desk, Some(error.to_string()));
        }
        if desk.lock.is_some() {
            let at = self.now();
            let plant_time =
                at.to_zoned(self.setup.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
            let targets = self.setup.webhooks.as_ref().map(Webhooks::ids).unwrap_or_default();
            let Desk { rules, book, saved_at, .. } = &mut *desk;
            let now = Now { at, plant_time: &plant_time, targets: &targets };
            let changed = book.look(&rules.rules, plant, now);
            let is_due =
                saved_at.is_none_or(|before| at.duration_since(before).abs() >= SAVE_EVERY);
            if changed || is_due {
                self.save(&mut desk);
                self.queued.notify_waiters();
            }
        }
        self.publish(&desk);
        self.news() != before
    }

    /// Takes the lock where it is free, and reads what has changed.
    fn open(&self, desk: &mut Desk) -> Result<(), RuntimeFileError> {
        let state = self.path(STATE);
        if desk.lock.is_none() {
            let lock = runtime_files::lock(&self.path(LOCK))?;
            let read = match lock {
                Some(_) => self.own_state(&state)?,
                None => runtime_files::read_bytes(&state, MOST_BYTES)?
                    .and_then(|bytes| serde_json::from_slice(&bytes).ok()),
            };
            if let Some(book) = read {
                desk.book = book;
            }
            desk.lock = lock;
            let targets = self.setup.webhooks.as_ref().map(Webhooks::ids).unwrap_or_default();
            if desk.lock.is_some() {
                desk.book.forget_targets(&targets);
            }
        }
        self.read_rules(desk)
    }

    /// What the last process wrote down; a damaged file is set aside.
    fn own_state(&self, path: &Path) -> Result<Option<AlertBook>, RuntimeFileError> {
        let damaged = match runtime_files::read_bytes(path, MOST_BYTES) {
            Ok(None) => return Ok(None),
            Ok(Some(bytes)) => match serde_json::from_slice(&bytes) {
                Ok(book) => return Ok(Some(book)),
                Err(cause) => cause.to_string(),
            },
            Err(error) if error.is_content() => error.to_string(),
            Err(error) => return Err(error),
        };
        let kept = runtime_files::set_aside(path, self.now())?;
        tracing::error!(error = damaged, kept = %kept.display(), "the state of the alert rules was set aside; going on without it");
        Ok(None)
    }

    /// Reads the file of rules where it is another one. One that is damaged leaves the rules as they are.
    fn read_rules(&self, desk: &mut Desk) -> Result<(), RuntimeFileError> {
        let found = match runtime_files::read_bytes(&self.path(RULES), MOST_BYTES) {
            Err(error) if error.is_content() => {
                let place = RULES.to_owned();
                desk.rules.problems = vec![RuleProblem { place, reason: error.to_string() }];
                return Ok(());
            }
            found => found?,
        };
        if found == desk.rules_file {
            return Ok(());
        }
        match found.as_deref().map(RuleBook::parse) {
            None => desk.rules = RuleBook { revision: desk.rules.revision, ..RuleBook::default() },
            Some(Ok(rules)) => desk.rules = rules,
            Some(Err(problem)) => desk.rules.problems = vec![problem],
        }
        for problem in &desk.rules.problems {
            tracing::error!(%problem, "an alert rule can't be used; the others go on");
        }
        desk.rules_file = found;
        Ok(())
    }

    /// Writes down what is known. A failure is in the report and in the log, and stops nothing.
    fn save(&self, desk: &mut Desk) {
        let written = match serde_json::to_vec(&desk.book) {
            Ok(text) => runtime_files::write_bytes(&self.path(STATE), &text, Readers::Group)
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        desk.saved_at = Some(self.now());
        report(desk, written.err());
    }

    /// Sends what waits for one address, one after the other, for ever.
    async fn send_to(self: Arc<Self>, target: Target) {
        let Some(webhooks) = &self.setup.webhooks else { return };
        loop {
            let queued = self.queued.notified();
            let now = self.now();
            // In a statement of its own: the lock must not last.
            let next = self.desk().next_for(&target.id, now);
            match next {
                None => queued.await,
                // Another delivery has to wait for this one anyway.
                Some(Err(wait)) => tokio::time::sleep(wait).await,
                Some(Ok((delivery, body))) => {
                    let outcome = webhooks.send(&target, &delivery.id, now, body).await;
                    let (alerts, times) = (self.clone(), webhooks.times());
                    let noting = move || alerts.sent(&delivery.id, outcome, times);
                    // A panic has been logged; the delivery is another attempt.
                    let _ = tokio::task::spawn_blocking(noting).await;
                }
            }
        }
    }

    /// Notes what became of an attempt.
    fn sent(&self, delivery: &str, outcome: Outcome, times: WebhookTimes) {
        let mut desk = self.desk();
        let pause = |attempts| times.pause(attempts, fastrand::f64());
        desk.book.sent(delivery, outcome, self.now(), pause);
        self.save(&mut desk);
        self.publish(&desk);
    }

    /// Puts rules in the place of those of this revision. Writes a file: not for async threads.
    ///
    /// # Errors
    /// Another revision is in force, another process watches, or it can't be written.
    pub fn replace_rules(
        &self,
        revision: i64,
        rules: Vec<AlertRule>,
    ) -> Result<RuleBook, AlertError> {
        let mut desk = self.desk();
        desk.check_revision(revision)?;
        let path = self.path(RULES);
        if desk.rules_file.as_deref().is_some_and(|bytes| RuleBook::parse(bytes).is_err()) {
            runtime_files::set_aside(&path, self.now())?;
        }
        let book = RuleBook { revision: revision + 1, rules, problems: Vec::new() };
        runtime_files::write_json(&path, &book.file(), Readers::Group)?;
        desk.rules_file = runtime_files::read_bytes(&path, MOST_BYTES)?;
        desk.rules = book.clone();
        desk.book.revision += 1;
        self.save(&mut desk);
        self.publish(&desk);
        Ok(book)
    }

    /// Whether rules of this revision may be replaced here.
    ///
    /// # Errors
    /// Another revision is in force, or another process watches.
    pub fn may_replace(&self, revision: i64) -> Result<(), AlertError> {
        let seen = self.watching()?;
        match seen.rules.revision {
            current if current != revision => Err(AlertError::Conflict { current }),
            _ => Ok(()),
        }
    }

    /// What was seen last, where this process watches.
    fn watching(&self) -> Result<Arc<Seen>, AlertError> {
        let seen = self.seen.load_full();
        if seen.report.is_keeper { Ok(seen) } else { Err(AlertError::NotKeeper) }
    }

    /// Whether there is a firing of this id that can be taken note of here.
    ///
    /// # Errors
    /// There is none, or another process watches.
    pub fn may_acknowledge(&self, firing: &str) -> Result<(), AlertError> {
        let seen = self.watching()?;
        let mut all = seen.shown.firing.iter().chain(&seen.shown.ended);
        let is_known = all.any(|one| one.id == firing);
        if is_known { Ok(()) } else { Err(AlertError::Unknown("such firing")) }
    }

    /// Notes that a user took note of a firing. Writes a file: not for async threads.
    ///
    /// # Errors
    /// There is no such firing, or another process watches.
    pub fn acknowledge(&self, firing: &str, by: &str) -> Result<(), AlertError> {
        let mut desk = self.desk();
        desk.lock.as_ref().ok_or(AlertError::NotKeeper)?;
        if !desk.book.acknowledge(firing, by, self.now()) {
            return Err(AlertError::Unknown("such firing"));
        }
        self.save(&mut desk);
        self.publish(&desk);
        Ok(())
    }

    /// Whether there is a rule of this id that can be silenced here.
    ///
    /// # Errors
    /// There is none, or another process watches.
    pub fn may_silence(&self, rule: &str) -> Result<(), AlertError> {
        let seen = self.watching()?;
        let is_known = seen.rules.rules.iter().any(|one| one.id == rule);
        if is_known { Ok(()) } else { Err(AlertError::Unknown("such rule")) }
    }

    /// Silences a rule for so many minutes; 0 ends its silence. Writes a file: not for async threads.
    ///
    /// # Errors
    /// There is no such rule, or another process watches.
    pub fn silence(
        &self,
        rule: &str,
        minutes: u32,
        reason: &str,
        by: &str,
    ) -> Result<(), AlertError> {
        self.may_silence(rule)?;
        let mut desk = self.desk();
        desk.lock.as_ref().ok_or(AlertError::NotKeeper)?;
        desk.book.silence(rule, minutes, reason, by, self.now());
        self.save(&mut desk);
        self.publish(&desk);
        Ok(())
    }

    /// The rules as they are.
    pub fn rules(&self) -> RuleBook {
        self.seen.load().rules.clone()
    }

    /// What pages are told.
    pub fn news(&self) -> AlertNews {
        self.seen.load().news
    }

    /// What pages show.
    pub fn shown(&self) -> AlertsNow {
        self.seen.load().shown.clone()
    }

    /// The state, for operators.
    pub fn report(&self) -> AlertReport {
        self.seen.load().report.clone()
    }

    /// Gives readers what is known now.
    fn publish(&self, desk: &Desk) {
        let Desk { rules, book, .. } = desk;
        let (firing, ended): (Vec<_>, Vec<_>) =
            book.firings().cloned().partition(|one| one.end.is_none());
        let targets = self.setup.webhooks.as_ref().map(Webhooks::targets).unwrap_or_default();
        let problems = targets.iter().filter_map(|target| {
            Some(format!("{}: {}", target.shown(), book.refusals.get(&target.id)?))
        });
        let report = AlertReport {
            enabled: true,
            rules: rules.rules.len(),
            firing: firing.len(),
            webhooks: targets.len(),
            webhooks_waiting: book.waiting(),
            counts: book.counts,
            webhook_problems: problems.collect(),
            rule_problems: rules.problems.iter().map(ToString::to_string).collect(),
            is_keeper: desk.lock.is_some(),
            problem: desk.problem.clone(),
        };
        let shown = AlertsNow {
            enabled: true,
            revision: book.revision,
            rules: rules.rules.iter().map(|rule| book.watched(rule)).collect(),
            problems: rules.problems.clone(),
            firing,
            ended,
            silences: book.silences().to_vec(),
        };
        let (news, rules) = (desk.news(), rules.clone());
        self.seen.store(Arc::new(Seen { news, shown, report, rules }));
    }
}

impl Desk {
    /// Whether rules of this revision may be replaced here.
    fn check_revision(&self, revision: i64) -> Result<(), AlertError> {
        match (&self.lock, self.rules.revision) {
            (None, _) => Err(AlertError::NotKeeper),
            (_, current) if current != revision => Err(AlertError::Conflict { current }),
            _ => Ok(()),
        }
    }

    /// What this process sends to an address next, or how long it waits for it.
    fn next_for(
        &self,
        target: &str,
        now: Timestamp,
    ) -> Option<Result<(Delivery, Vec<u8>), Duration>> {
        self.lock.as_ref().and_then(|_| self.book.next_for(target, now))
    }

    fn news(&self) -> AlertNews {
        let silences = self.book.silences();
        let is_silent = |rule: &str| silences.iter().any(|silence| silence.rule == rule);
        let open = || {
            let open = self.book.firings().filter(|one| one.end.is_none());
            open.filter(|one| !is_silent(&one.rule.id))
        };
        AlertNews {
            revision: self.book.revision,
            firing: open().count(),
            unacknowledged: open().filter(|one| one.acknowledged.is_none()).count(),
        }
    }
}

/// Notes why what is known can't be read or written down, and logs it when it is another reason.
fn report(desk: &mut Desk, problem: Option<String>) {
    if let Some(error) = problem.as_ref().filter(|_| problem != desk.problem) {
        tracing::error!(
            error,
            "what the alert rules found can't be kept; they are watched all the same"
        );
    }
    desk.problem = problem;
}
