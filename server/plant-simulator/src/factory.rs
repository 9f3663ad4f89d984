//! The simulated plant: pure state, moved by ticks.
//!
//! Equal seeds and equal tick times make equal plants. What belongs together
//! stays together: a running lot is on exactly one machine of its workcenter,
//! that machine is productive and lists the lot; a held lot has a reason and
//! the person who held it; a broken machine has a job.

mod hours;
mod moves;
#[cfg(test)]
mod invariants;

use std::collections::BTreeSet;

pub(crate) use hours::midnight;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};

use crate::catalogue::{
    GROUPS, JobKind, KINDS_PER_PACKAGE, LOCATIONS, OUTSIDE_LOCATIONS, OWNERS, PACKAGES, PEOPLE,
    PRD, PRIORITIES, REASONS, SBY, SPECS_PER_GROUP, STATES, USUAL, VENDORS, Workcenter,
    workcenter_of, workcenters,
};
use crate::random::Random;

/// There is one machine that the load filter drops for this many that count.
const OUTSIDE_IN: usize = 9;

/// How large the plant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantSize {
    /// Lots.
    pub lots: usize,
    /// Machines that count; some more are there that the load filter drops.
    pub machines: usize,
    /// Days of hours and finished jobs before today.
    pub history_days: u32,
    /// Jobs that were finished on these days.
    pub finished_jobs: usize,
}

impl PlantSize {
    /// So many lots and machines with the history of the demo.
    pub const fn of(lots: usize, machines: usize) -> Self {
        let history_days = 90;
        // With the machines that the load filter drops.
        let all_machines = machines + machines / OUTSIDE_IN;
        let finished_jobs = history_days as usize * all_machines.div_ceil(12);
        Self { lots, machines, history_days, finished_jobs }
    }
}

impl Default for PlantSize {
    fn default() -> Self {
        Self::of(12_000, 2_000)
    }
}

/// An order for lots of one product.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub number: u32,
    /// Product; its package is `kind / KINDS_PER_PACKAGE`.
    pub kind: usize,
    /// Index into [`PRIORITIES`].
    pub priority: usize,
    /// Index into [`OWNERS`].
    pub owner: usize,
    pub started: DateTime,
    /// Lots of the order.
    pub lots: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub number: u32,
    /// Index into [`REASONS`].
    pub reason: usize,
    pub by: u16,
    pub at: DateTime,
}

/// A hold that began, or was released.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HoldStep {
    /// The lot as it was held.
    pub lot: Lot,
    pub hold: Hold,
    pub release: Option<Release>,
}

/// The end of a hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Release {
    pub at: DateTime,
    pub by: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum LotState {
    Queue,
    Run { machine: usize, since: DateTime, operator: u16 },
    Hold(Hold),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lot {
    pub number: u32,
    pub order: Order,
    /// Position in its order, from 1.
    pub part: u32,
    pub start_qty: u32,
    pub qty: u32,
    /// Index into [`GROUPS`].
    pub group: usize,
    /// Spec within the group.
    pub spec: usize,
    pub moved_in: DateTime,
    pub moved_by: u16,
    pub state: LotState,
}

impl Lot {
    pub(crate) fn id(&self) -> String {
        let order = self.workorder();
        if self.number % 311 == 7 {
            return format!("DUMMY-{order}-{:03}", self.part);
        }
        format!("{order}-A{:02}-{:03}", self.part / 100, self.part)
    }

    pub(crate) fn workorder(&self) -> String {
        let site = if self.order.number.is_multiple_of(5) { 'B' } else { 'A' };
        format!("G{site}{}{:05}", self.order.started.strftime("%y%m"), self.order.number)
    }

    pub(crate) fn package(&self) -> &'static str {
        PACKAGES[self.order.kind / KINDS_PER_PACKAGE].0
    }

    /// Index into [`workcenters`].
    pub(crate) fn place(&self) -> usize {
        workcenter_of(self.group, self.spec)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub number: u32,
    pub kind: JobKind,
    pub opened: DateTime,
    pub opened_by: u16,
    /// When the technician began.
    pub taken: Option<DateTime>,
    pub technician: u16,
    pub symptom: usize,
    pub cause: usize,
    pub repair: usize,
}

/// Why the load filter drops a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outside {
    /// Index into [`OUTSIDE_LOCATIONS`].
    Location(usize),
    Disapproved,
    Carrier,
    NoWorkcenter,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub number: u32,
    pub family: char,
    /// Index into [`workcenters`].
    pub place: usize,
    /// Index into [`LOCATIONS`].
    pub location: Option<usize>,
    /// Index into [`VENDORS`].
    pub vendor: Option<usize>,
    /// Index into the departments.
    pub department: usize,
    pub keeper: u16,
    pub production: bool,
    pub key: bool,
    pub monitor: bool,
    pub outside: Option<Outside>,
    /// When its master data last changed.
    pub changed: DateTime,
    /// Index into [`STATES`].
    pub state: usize,
    /// Index into the reasons of its state.
    pub reason: usize,
    /// Since when its hours of today count on top of `today`.
    pub since: DateTime,
    /// Seconds of today by state until `since`.
    pub today: [u32; STATES.len()],
    pub job: Option<Job>,
    /// Slots of its running lots.
    pub lots: Vec<usize>,
}

impl Machine {
    pub(crate) fn family(&self, workcenter: Workcenter) -> String {
        format!("G{}{}", GROUPS[workcenter.group].short, self.family)
    }

    pub(crate) fn name(&self, workcenter: Workcenter) -> String {
        format!("{}-{:04}", self.family(workcenter), self.number)
    }
}

/// A job that was opened, begun or closed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JobStep {
    pub machine: usize,
    pub job: Job,
    pub kind: JobStepKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobStepKind {
    Opened,
    Taken,
    Closed,
}

/// A day that ended, with the seconds of every machine by state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EndedDay {
    pub date: Date,
    pub seconds: Vec<[u32; STATES.len()]>,
}

/// What ticks changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// Slots of lots.
    pub(crate) lots: BTreeSet<usize>,
    /// Machines whose state, lots or job changed.
    pub(crate) machines: BTreeSet<usize>,
    /// Machines whose master data changed.
    pub(crate) masters: BTreeSet<usize>,
    /// In the order in which they happened.
    pub(crate) job_steps: Vec<JobStep>,
    /// Holds that began or were released, in the order in which they did.
    pub(crate) hold_steps: Vec<HoldStep>,
    pub(crate) ended_days: Vec<EndedDay>,
}

impl Changes {
    /// Adds what happened later.
    pub fn extend(&mut self, later: Self) {
        self.lots.extend(later.lots);
        self.machines.extend(later.machines);
        self.masters.extend(later.masters);
        self.job_steps.extend(later.job_steps);
        self.hold_steps.extend(later.hold_steps);
        self.ended_days.extend(later.ended_days);
    }
}

/// State besides lots and machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    pub seed: u64,
    pub now: DateTime,
    random: Random,
    order: Order,
    next_part: u32,
    next_lot: u32,
    next_job: u32,
    next_hold: u32,
}

/// A workcenter of this plant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub workcenter: Workcenter,
    /// Machines that count.
    pub machines: Vec<usize>,
    /// Lots that are here when all goes as usual.
    lots: f64,
}

/// The plant.
#[derive(Clone, Debug, PartialEq)]
pub struct Factory {
    pub(crate) size: PlantSize,
    pub(crate) ledger: Ledger,
    pub(crate) lots: Vec<Lot>,
    pub(crate) machines: Vec<Machine>,
    pub(crate) places: Vec<Place>,
}

impl Factory {
    /// A plant in the middle of its day.
    pub fn new(seed: u64, now: DateTime, size: PlantSize) -> Self {
        let order = Order { number: 0, kind: 0, priority: 0, owner: 0, started: now, lots: 0 };
        let ledger = Ledger {
            seed,
            now,
            random: Random::new(seed),
            order,
            next_part: 1,
            next_lot: 0,
            next_job: 1,
            next_hold: 1,
        };
        let mut factory = Self::resume(size, ledger, Vec::new(), Vec::new());
        factory.install_machines(size.machines);
        factory = Self::resume(size, factory.ledger, Vec::new(), factory.machines);
        for _ in 0..size.lots {
            let lot = factory.start_lot(true);
            factory.lots.push(lot);
        }
        factory = Self::resume(size, factory.ledger, factory.lots, factory.machines);
        factory.load_machines();
        factory.assume_today();
        factory
    }

    /// The plant as it was left.
    pub(crate) fn resume(
        size: PlantSize,
        ledger: Ledger,
        lots: Vec<Lot>,
        machines: Vec<Machine>,
    ) -> Self {
        let mut places: Vec<Place> = workcenters()
            .map(|workcenter| Place { workcenter, machines: Vec::new(), lots: 0.0 })
            .collect();
        for (index, machine) in machines.iter().enumerate() {
            if machine.outside.is_none() {
                places[machine.place].machines.push(index);
            }
        }
        let total: f64 = places.iter().map(|place| crowd_weight(place.workcenter)).sum();
        for place in &mut places {
            place.lots = crowd_weight(place.workcenter) / total * lots.len() as f64;
        }
        Self { size, ledger, lots, machines, places }
    }

    /// The plant's clock.
    pub fn now(&self) -> DateTime {
        self.ledger.now
    }

    fn install_machines(&mut self, count: usize) {
        let places: Vec<Workcenter> = workcenters().collect();
        let shares: Vec<f64> = places.iter().map(|place| machine_share(*place)).collect();
        // Every workcenter has a machine; the busiest one takes what rounding left.
        let mut wanted: Vec<usize> =
            shares.iter().map(|share| ((share * count as f64) as usize).max(1)).collect();
        let busiest = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
        if let Some(busiest) = busiest {
            wanted[busiest] += count.saturating_sub(wanted.iter().sum());
        }
        for (place, wanted) in wanted.into_iter().enumerate() {
            for _ in 0..wanted {
                self.install(place, None);
            }
        }
        for _ in 0..count / OUTSIDE_IN {
            let random = &mut self.ledger.random;
            let place = random.below(places.len());
            let outside = match random.weighted(&[4.0, 3.0, 2.0, 1.5]) {
                0 => Outside::Location(random.below(OUTSIDE_LOCATIONS.len())),
                1 => Outside::Disapproved,
                2 => Outside::Carrier,
                _ => Outside::NoWorkcenter,
            };
            self.install(place, Some(outside));
        }
    }

    fn install(&mut self, place: usize, outside: Option<Outside>) {
        let now = self.now();
        let random = &mut self.ledger.random;
        let Some(workcenter) = workcenters().nth(place) else { return };
        let families = GROUPS[workcenter.group].families as f64;
        let number = self.machines.len() as u32 + 1;
        // The first families of a group are the common ones.
        let letter = (random.unit() * random.unit() * families) as u8;
        let mut weights = USUAL;
        weights[SBY] = 1.0 - USUAL.iter().sum::<f64>();
        let state = random.weighted(&weights);
        let machine = Machine {
            number,
            family: char::from(b'A' + letter),
            place,
            location: (!random.chance(0.03)).then(|| random.below(LOCATIONS.len())),
            vendor: (!random.chance(0.04)).then(|| random.below(VENDORS.len())),
            department: random.below(3),
            keeper: random.below(PEOPLE) as u16,
            production: random.chance(0.86),
            key: random.chance(0.18),
            monitor: random.chance(0.12),
            outside,
            changed: now - SignedDuration::from_mins(1440 + random.below(400 * 1440) as i64),
            state,
            reason: random.below(STATES[state].1.len()),
            since: now,
            today: [0; STATES.len()],
            job: None,
            lots: Vec::new(),
        };
        let index = self.machines.len();
        self.machines.push(machine);
        let opened = now - SignedDuration::from_mins(self.ledger.random.below(300) as i64);
        self.keep_job(index, opened, &mut Changes::default());
        if let Some(job) = &mut self.machines[index].job
            && self.ledger.random.chance(0.5)
        {
            let waited = 1 + self.ledger.random.below(9) as i64;
            job.taken = Some((opened + SignedDuration::from_mins(waited)).min(now));
        }
    }

    /// A new lot; somewhere on its route when the plant is filled, else before its first step.
    fn start_lot(&mut self, anywhere: bool) -> Lot {
        let now = self.now();
        let ledger = &mut self.ledger;
        if ledger.next_part > ledger.order.lots {
            ledger.order = next_order(&mut ledger.random, ledger.order.number + 1, now);
            ledger.next_part = 1;
        }
        let random = &mut ledger.random;
        let (mut group, mut spec, mut moved_in) = (0, random.below(3), now);
        if anywhere {
            let weights: Vec<f64> = workcenters().map(crowd_weight).collect();
            let place = random.weighted(&weights);
            while workcenter_of(group, spec) != place {
                group = random.below(GROUPS.len());
                spec = random.below(SPECS_PER_GROUP);
            }
            let age_mins = now.duration_since(ledger.order.started).as_mins().min(2600) as f64;
            moved_in = now - SignedDuration::from_mins((random.unit() * age_mins) as i64);
        }
        let qty = (1000.0 + random.unit() * random.unit() * 90_000.0) as u32;
        let mut lot = Lot {
            number: ledger.next_lot,
            order: ledger.order,
            part: ledger.next_part,
            start_qty: qty + qty / 80,
            qty,
            group,
            spec,
            moved_in,
            moved_by: random.below(PEOPLE) as u16,
            state: LotState::Queue,
        };
        ledger.next_lot += 1;
        ledger.next_part += 1;
        if anywhere && ledger.random.chance(moves::HOLD_SHARE) {
            let hold = self.draw_hold();
            // Held for half a minute to five days; the number stands in for a draw.
            let share = f64::from(hold.number.wrapping_mul(7_919) % 1_000) / 1_000.0;
            let mins = (share * share * 7_200.0) as i64;
            let at = (hold.at - SignedDuration::from_mins(mins)).max(lot.order.started);
            lot.state = LotState::Hold(Hold { at: at.min(hold.at), ..hold });
        }
        lot
    }

    fn draw_hold(&mut self) -> Hold {
        let ledger = &mut self.ledger;
        let weights = REASONS.map(|(_, weight, _)| weight);
        let number = ledger.next_hold;
        ledger.next_hold += 1;
        let random = &mut ledger.random;
        let (reason, by) = (random.weighted(&weights), random.below(PEOPLE) as u16);
        Hold { number, reason, by, at: ledger.now }
    }

    /// Gives the machines their usual work, begun some time ago.
    fn load_machines(&mut self) {
        let mut changes = Changes::default();
        for (place, mut crowd) in self.crowds().into_iter().enumerate() {
            self.dispatch(place, usize::MAX, &mut crowd, &mut changes);
        }
        for machine in 0..self.machines.len() {
            let machine = &mut self.machines[machine];
            if machine.outside.is_some() && machine.state == SBY && self.ledger.random.chance(0.6) {
                machine.state = PRD;
                machine.reason = 0;
            }
        }
        let now = self.now();
        for lot in &mut self.lots {
            if let LotState::Run { since, .. } = &mut lot.state {
                let waited = now.duration_since(lot.moved_in).as_secs();
                *since = now
                    - SignedDuration::from_secs(
                        (waited as f64 * 0.6 * self.ledger.random.unit()) as i64,
                    );
            }
        }
    }
}

/// Share of the plant's machines that stand in a workcenter.
fn machine_share(workcenter: Workcenter) -> f64 {
    let group = &GROUPS[workcenter.group];
    group.machines / group.workcenters.len() as f64
}

/// How many lots a workcenter has, in proportion.
fn crowd_weight(workcenter: Workcenter) -> f64 {
    machine_share(workcenter) + 0.004
}

fn next_order(random: &mut Random, number: u32, now: DateTime) -> Order {
    let packages = PACKAGES.map(|(_, weight)| weight);
    let package = random.weighted(&packages);
    // The first products of a package are the common ones.
    let product = (random.unit() * random.unit() * KINDS_PER_PACKAGE as f64) as usize;
    // Most are young; a few have waited for weeks.
    let age_mins = 300.0 + 28_000.0 * random.unit() * random.unit() * random.unit();
    Order {
        number,
        kind: package * KINDS_PER_PACKAGE + product,
        priority: random.weighted(&PRIORITIES.map(|(_, weight)| weight)),
        owner: random.weighted(&OWNERS.map(|(_, weight)| weight)),
        started: now - SignedDuration::from_secs((age_mins * 60.0) as i64),
        lots: 4 + random.below(11) as u32,
    }
}

/// The day after which an order should be done.
pub(crate) fn due(order: &Order) -> Date {
    let days = if order.priority == PRIORITIES.len() - 1 { 16 } else { 9 };
    order.started.date().saturating_add(days.days())
}
