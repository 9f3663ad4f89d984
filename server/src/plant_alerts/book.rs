//! What is known of the rules: states, firings, silences, deliveries. Pure; times are arguments.

use std::collections::BTreeMap;
use std::time::Duration;

use compute_core::alert::{
    AlertPhase, AlertPlant, AlertRule, AlertState, AlertTurn, EvidenceRow, Measured,
};
use compute_core::table::Dataset;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::webhook::Outcome;
use crate::snapshot::Plant;

/// Firings that are kept; of more, those that ended first go first.
const MOST_FIRINGS: usize = 300;
/// Deliveries that wait; of more, the oldest is given up and counted.
const MOST_DELIVERIES: usize = 400;
/// Rows of a firing's evidence.
const MOST_ROWS: u16 = 20;
/// Attempts of a delivery: about an hour.
const MOST_ATTEMPTS: u32 = 12;
/// Longest silence: 30 days.
pub const MOST_SILENCE_MINUTES: u32 = 30 * 24 * 60;
/// A delivery that is due later than this was put off by another clock, and is due.
const LONGEST_WAIT_MS: i64 = 2 * 3_600_000;

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mark {
    /// Name of the user.
    pub by: String,
    /// ISO 8601, UTC.
    pub at: String,
}

/// How a firing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiringEnd {
    /// The condition no longer holds.
    Resolved,
    /// The rule was changed, switched off or removed.
    Withdrawn,
}

/// A rule that fired, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Firing {
    /// Names it for good.
    #[schema(example = "old-holds.1795000000000")]
    pub id: String,
    /// The rule as it was.
    pub rule: AlertRule,
    /// When the condition was first seen to hold: ISO 8601, UTC.
    pub since: String,
    /// When the rule fired: ISO 8601, UTC.
    pub fired_at: String,
    /// The same in plant time, `YYYY-MM-DD HH:MM:SS`.
    pub plant_time: String,
    /// The figure then.
    pub value: Option<f64>,
    /// Version of the lots, or of the real-time rows of the machines, that it was found in.
    pub version: String,
    /// The first rows that the figure was made of: the oldest lots, or machines by RESOURCEID.
    pub rows: Vec<EvidenceRow>,
    /// When it ended: ISO 8601, UTC; null while it fires.
    pub ended_at: Option<String>,
    /// How it ended; null while it fires.
    pub end: Option<FiringEnd>,
    /// Who took note of it; null for nobody.
    pub acknowledged: Option<Mark>,
    /// Whether it was told: not while its rule is silenced.
    pub announced: bool,
}

/// A time in which a rule is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Silence {
    /// The rule's id.
    pub rule: String,
    /// Until when: ISO 8601, UTC.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub set: Mark,
}

impl Silence {
    /// Whether it is over; so is one whose end can't be read.
    fn is_over(&self, now: Timestamp) -> bool {
        !self.until.parse().is_ok_and(|until: Timestamp| until > now)
    }
}

/// Where a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RulePhase {
    /// It is switched off.
    Off,
    /// Its table has not been seen yet.
    Unknown,
    /// The condition does not hold.
    Clear,
    /// It holds, not long enough yet.
    Pending,
    /// The rule fires.
    Firing,
}

/// A rule with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WatchedRule {
    /// The rule.
    pub rule: AlertRule,
    /// Where it stands.
    pub phase: RulePhase,
    /// The figure when it was last looked at.
    pub value: Option<f64>,
    /// When it was last looked at: ISO 8601, UTC; null for never. It is not while its table is stale.
    pub seen_at: Option<String>,
    /// Seconds for which the condition is known to have held, of a pending rule.
    pub held_secs: Option<i64>,
}

/// What is told of a firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    Fired,
    Ended,
}

/// Something to be sent to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delivery {
    /// The same for every attempt.
    pub id: String,
    firing: String,
    event: Event,
    pub target: String,
    attempts: u32,
    due_ms: i64,
}

/// Body of a webhook.
#[derive(Serialize)]
struct Message<'a> {
    /// `alert.fired` or `alert.ended`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// When it happened: ISO 8601, UTC.
    timestamp: &'a str,
    data: MessageData<'a>,
}

#[derive(Serialize)]
struct MessageData<'a> {
    id: &'a str,
    rule: &'a AlertRule,
    since: &'a str,
    fired_at: &'a str,
    plant_time: &'a str,
    value: Option<f64>,
    version: &'a str,
    rows: &'a [EvidenceRow],
    ended_at: Option<&'a str>,
    end: Option<FiringEnd>,
}

/// A rule that is watched.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Watch {
    rule: AlertRule,
    state: AlertState,
    value: Option<f64>,
    /// Versions of the tables that the figure was last made of.
    #[serde(skip)]
    measured: Option<(String, Measured)>,
}

/// What happened since the first start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct AlertCounts {
    /// Firings.
    pub fired: u64,
    /// Webhooks that were accepted.
    pub delivered: u64,
    /// Attempts that failed and are made again.
    pub retried: u64,
    /// Webhooks that were refused, failed too often, or had no place to wait.
    pub given_up: u64,
}

/// Everything that outlives the process.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertBook {
    /// Grows with everything that pages show.
    pub(super) revision: u64,
    watches: BTreeMap<String, Watch>,
    /// Oldest first.
    firings: Vec<Firing>,
    silences: Vec<Silence>,
    deliveries: Vec<Delivery>,
    pub(super) counts: AlertCounts,
    /// Why the last attempt of an address failed.
    pub(super) refusals: BTreeMap<String, String>,
}

/// When something is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now<'a> {
    pub at: Timestamp,
    /// The same in plant time.
    pub plant_time: &'a str,
    /// Addresses that are told.
    pub targets: &'a [String],
}

pub(super) fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn stamp_ms(ms: i64) -> String {
    stamp(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// The version of a subject's own table, and of all that its figures are made of; `None` while they
/// are not loaded or its own table is stale.
fn versions(rule: &AlertRule, plant: &Plant) -> Option<(String, String)> {
    let subject = rule.figure.subject();
    if plant.state(subject.dataset()).is_stale() {
        return None;
    }
    let own = plant.published(subject.dataset())?.version.clone();
    let all = match subject.dataset() {
        Dataset::Wip => own.clone(),
        _ => {
            let parts = [Dataset::Resource, Dataset::Equipment, Dataset::Workcenter];
            let versions = parts.map(|part| Some(plant.published(part)?.version.as_str()));
            versions.into_iter().collect::<Option<Vec<_>>>()?.join(" ")
        }
    };
    Some((own, all))
}

impl AlertBook {
    /// Looks at every rule; returns whether anything changed that must be written down.
    pub(super) fn look(&mut self, rules: &[AlertRule], plant: &Plant, now: Now<'_>) -> bool {
        let before = self.revision;
        self.withdraw(rules, now);
        let tables = AlertPlant {
            lots: plant.lots.as_ref().map(|lots| lots.table.as_ref()),
            machines: plant.equipment.as_deref(),
        };
        for rule in rules.iter().filter(|rule| rule.enabled) {
            let watch = self.watches.entry(rule.id.clone()).or_insert_with(|| Watch {
                rule: rule.clone(),
                state: AlertState::default(),
                value: None,
                measured: None,
            });
            watch.rule.name.clone_from(&rule.name);
            let Some((version, all)) = versions(rule, plant) else { continue };
            let known = watch.measured.take().filter(|(of, _)| *of == all);
            let measured = known.map(|(_, measured)| measured).or_else(|| rule.measure(tables));
            let Some(measured) = measured else { continue };
            watch.measured = Some((all, measured));
            watch.value = measured.value;
            let phase = std::mem::discriminant(&watch.state.phase());
            let turn = watch.state.observe(rule.for_ms(), now.at.as_millisecond(), measured.holds);
            if std::mem::discriminant(&watch.state.phase()) != phase {
                self.revision += 1;
            }
            match turn {
                Some(AlertTurn::Fired { since_ms }) => {
                    let rows = rule.evidence(tables, MOST_ROWS);
                    self.fire(rule, since_ms, measured.value, version, rows, now);
                }
                Some(AlertTurn::Resolved) => self.end(&rule.id, FiringEnd::Resolved, now),
                None => {}
            }
        }
        self.announce(now);
        self.revision != before
    }

    /// Ends what no rule watches any more.
    fn withdraw(&mut self, rules: &[AlertRule], now: Now<'_>) {
        let is_watched = |watch: &Watch| {
            rules.iter().any(|rule| {
                rule.enabled && rule.id == watch.rule.id && rule.watches_like(&watch.rule)
            })
        };
        let over: Vec<String> = self
            .watches
            .values()
            .filter(|watch| !is_watched(watch))
            .map(|watch| watch.rule.id.clone())
            .collect();
        for id in over {
            self.watches.remove(&id);
            self.end(&id, FiringEnd::Withdrawn, now);
            self.revision += 1;
        }
    }

    fn fire(
        &mut self,
        rule: &AlertRule,
        since_ms: i64,
        value: Option<f64>,
        version: String,
        rows: Vec<EvidenceRow>,
        now: Now<'_>,
    ) {
        self.counts.fired += 1;
        let number = self.counts.fired;
        self.firings.push(Firing {
            // The number tells firings of a clock that was set back apart.
            id: format!("{}.{}.{number}", rule.id, now.at.as_millisecond()),
            rule: rule.clone(),
            since: stamp_ms(since_ms),
            fired_at: stamp(now.at),
            plant_time: now.plant_time.to_owned(),
            value,
            version,
            rows,
            ended_at: None,
            end: None,
            acknowledged: None,
            announced: false,
        });
        tracing::warn!(rule = rule.id, value, "an alert rule fires");
        let waiting: Vec<&str> = self.deliveries.iter().map(|one| one.firing.as_str()).collect();
        let may_go =
            |firing: &Firing| firing.end.is_some() && !waiting.contains(&firing.id.as_str());
        while self.firings.len() > MOST_FIRINGS {
            let Some(place) = self.firings.iter().position(may_go) else { break };
            self.firings.remove(place);
        }
    }

    fn end(&mut self, rule: &str, end: FiringEnd, now: Now<'_>) {
        let open =
            self.firings.iter_mut().filter(|firing| firing.end.is_none() && firing.rule.id == rule);
        let mut told = Vec::new();
        for firing in open {
            firing.end = Some(end);
            firing.ended_at = Some(stamp(now.at));
            if firing.announced {
                told.push(firing.id.clone());
            }
        }
        for firing in told {
            self.enqueue(&firing, Event::Ended, now);
        }
    }

    /// Tells what fires and is not silenced.
    fn announce(&mut self, now: Now<'_>) {
        let kept = self.silences.len();
        self.silences.retain(|silence| !silence.is_over(now.at));
        self.revision += u64::from(self.silences.len() != kept);
        let silences = &self.silences;
        let is_silent =
            |firing: &Firing| silences.iter().any(|silence| silence.rule == firing.rule.id);
        let new = self
            .firings
            .iter_mut()
            .filter(|firing| firing.end.is_none() && !firing.announced && !is_silent(firing));
        let mut told = Vec::new();
        for firing in new {
            firing.announced = true;
            told.push(firing.id.clone());
        }
        for firing in told {
            self.revision += 1;
            self.enqueue(&firing, Event::Fired, now);
        }
    }

    fn enqueue(&mut self, firing: &str, event: Event, now: Now<'_>) {
        for target in now.targets {
            let kind = match event {
                Event::Fired => "fired",
                Event::Ended => "ended",
            };
            self.deliveries.push(Delivery {
                id: format!("{firing}.{kind}.{target}"),
                firing: firing.to_owned(),
                event,
                target: target.clone(),
                attempts: 0,
                due_ms: now.at.as_millisecond(),
            });
        }
        while self.deliveries.len() > MOST_DELIVERIES {
            let lost = self.deliveries.remove(0);
            self.counts.given_up += 1;
            tracing::error!(delivery = lost.id, "too many webhooks wait; the oldest is given up");
        }
    }

    /// Gives up what waits for addresses that are no longer set.
    pub(super) fn forget_targets(&mut self, targets: &[String]) {
        let before = self.deliveries.len();
        self.deliveries.retain(|delivery| targets.contains(&delivery.target));
        self.counts.given_up += (before - self.deliveries.len()) as u64;
        self.refusals.retain(|target, _| targets.contains(target));
    }

    /// What is to be sent to an address next, with its body; or how long to wait for it.
    pub(super) fn next_for(
        &self,
        target: &str,
        now: Timestamp,
    ) -> Option<Result<(Delivery, Vec<u8>), Duration>> {
        let next = self.deliveries.iter().find(|delivery| delivery.target == target)?;
        let wait = next.due_ms - now.as_millisecond();
        if (1..=LONGEST_WAIT_MS).contains(&wait) {
            return Some(Err(Duration::from_millis(wait.unsigned_abs())));
        }
        Some(Ok((next.clone(), self.body(next))))
    }

    fn body(&self, delivery: &Delivery) -> Vec<u8> {
        let Some(firing) = self.firings.iter().find(|firing| firing.id == delivery.firing) else {
            return Vec::new();
        };
        let is_end = delivery.event == Event::Ended;
        let ended_at = firing.ended_at.as_deref().filter(|_| is_end);
        let message = Message {
            kind: if is_end { "alert.ended" } else { "alert.fired" },
            timestamp: ended_at.unwrap_or(&firing.fired_at),
            data: MessageData {
                id: &firing.id,
                rule: &firing.rule,
                since: &firing.since,
                fired_at: &firing.fired_at,
                plant_time: &firing.plant_time,
                value: firing.value,
                version: &firing.version,
                rows: &firing.rows,
                ended_at,
                end: firing.end.filter(|_| is_end),
            },
        };
        // Texts and finite numbers are always JSON.
        serde_json::to_vec(&message).unwrap_or_default()
    }

    /// Notes what became of an attempt; `pause` is how long to wait after so many.
    pub(super) fn sent(
        &mut self,
        id: &str,
        outcome: Outcome,
        now: Timestamp,
        pause: impl Fn(u32) -> Duration,
    ) {
        let Some(place) = self.deliveries.iter().position(|delivery| delivery.id == id) else {
            return;
        };
        let delivery = &mut self.deliveries[place];
        delivery.attempts += 1;
        let (target, attempts) = (delivery.target.clone(), delivery.attempts);
        match outcome {
            Outcome::Delivered => {
                self.counts.delivered += 1;
                self.refusals.remove(&target);
                self.deliveries.remove(place);
            }
            Outcome::Retry { reason, after } if attempts < MOST_ATTEMPTS => {
                let wait = pause(attempts).max(after.unwrap_or_default());
                delivery.due_ms = now.as_millisecond().saturating_add(wait.as_millis() as i64);
                self.counts.retried += 1;
                self.refusals.insert(target, reason);
            }
            Outcome::Retry { reason, .. } | Outcome::Refused(reason) => {
                tracing::error!(delivery = id, attempts, reason, "a webhook is given up");
                self.counts.given_up += 1;
                self.refusals.insert(target, reason);
                self.deliveries.remove(place);
            }
        }
    }

    /// Notes who took note of a firing; false where there is no such firing. A second one changes
    /// nothing.
    pub(super) fn acknowledge(&mut self, firing: &str, by: &str, now: Timestamp) -> bool {
        let Some(found) = self.firings.iter_mut().find(|one| one.id == firing) else {
            return false;
        };
        if found.acknowledged.is_none() {
            found.acknowledged = Some(Mark { by: by.to_owned(), at: stamp(now) });
            self.revision += 1;
        }
        true
    }

    /// Silences a rule for so many minutes; 0 ends its silence.
    pub(super) fn silence(
        &mut self,
        rule: &str,
        minutes: u32,
        reason: &str,
        by: &str,
        now: Timestamp,
    ) {
        self.silences.retain(|silence| silence.rule != rule);
        self.revision += 1;
        if minutes == 0 {
            return;
        }
        let until_ms = now.as_millisecond() + i64::from(minutes) * 60_000;
        self.silences.push(Silence {
            rule: rule.to_owned(),
            until: stamp_ms(until_ms),
            reason: reason.to_owned(),
            set: Mark { by: by.to_owned(), at: stamp(now) },
        });
    }

    /// Firings, newest first.
    pub fn firings(&self) -> impl Iterator<Item = &Firing> {
        self.firings.iter().rev()
    }

    /// Silences.
    pub fn silences(&self) -> &[Silence] {
        &self.silences
    }

    /// Deliveries that wait.
    pub(super) fn waiting(&self) -> usize {
        self.deliveries.len()
    }

    /// A rule with what is known of it.
    pub(super) fn watched(&self, rule: &AlertRule) -> WatchedRule {
        let watch = self.watches.get(&rule.id).filter(|_| rule.enabled);
        let state = watch.map(|watch| watch.state);
        let seen_ms = state.and_then(|state| state.seen_ms());
        let (phase, held_secs) = match state
            .filter(|_| seen_ms.is_some())
            .map(|state| state.phase())
        {
            _ if !rule.enabled => (RulePhase::Off, None),
            None => (RulePhase::Unknown, None),
            Some(AlertPhase::Clear) => (RulePhase::Clear, None),
            Some(AlertPhase::Pending { held_ms, .. }) => (RulePhase::Pending, Some(held_ms / 1000)),
            Some(AlertPhase::Firing) => (RulePhase::Firing, None),
        };
        WatchedRule {
            rule: rule.clone(),
            phase,
            value: watch.and_then(|watch| watch.value),
            seen_at: seen_ms.map(stamp_ms),
            held_secs,
        }
    }
}
