//! The simulated plant: pure state, moved by ticks.
//!
//! Equal seeds and equal tick times make equal plants. What belongs together
//! stays together: a running lot is on exactly one machine, that machine is
//! productive and lists the lot; a held lot has a reason and someone who held
//! it; a broken machine has a job.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};

use super::catalogue::{
    DEPARTMENTS, GIVEN_NAMES, GROUPS, LOCATIONS, PACKAGES, REASONS, STATES, SURNAMES, VENDORS,
    is_repair,
};
use super::random::Random;

/// How large the plant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantSize {
    /// Lots.
    pub lots: usize,
    /// Machines that count; some more are there that the load filter drops.
    pub machines: usize,
}

impl Default for PlantSize {
    fn default() -> Self {
        Self { lots: 12_000, machines: 2_000 }
    }
}

/// Specs of each group on the route.
pub(super) const SPECS_PER_GROUP: usize = 8;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hold {
    pub reason: &'static str,
    pub by: String,
    pub department: &'static str,
    pub comment: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum LotState {
    Queue,
    Run { machine: usize },
    Hold(Hold),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lot {
    pub number: u32,
    pub id: String,
    pub workorder: String,
    pub kind: usize,
    pub package: &'static str,
    pub qty: u32,
    pub group: usize,
    pub spec: usize,
    pub started: DateTime,
    pub moved_in: DateTime,
    pub due: DateTime,
    pub priority: &'static str,
    pub state: LotState,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job {
    pub number: u32,
    pub opened: DateTime,
    pub technician: String,
    pub symptom: u32,
    pub cause: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Machine {
    pub number: u32,
    pub name: String,
    pub family: String,
    pub group: usize,
    pub workcenter: usize,
    pub location: &'static str,
    pub vendor: &'static str,
    pub department: &'static str,
    pub production: bool,
    pub key: bool,
    pub monitor: bool,
    /// Whether the load filter keeps it.
    pub counts: bool,
    pub state: usize,
    pub reason: &'static str,
    pub job: Option<Job>,
    pub lots: Vec<usize>,
    pub tracked_in: DateTime,
    pub operator: String,
}

/// What a tick touched.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub lots: BTreeSet<usize>,
    pub machines: BTreeSet<usize>,
    /// Lot ids that left the plant.
    pub finished: Vec<String>,
    pub opened_jobs: Vec<usize>,
    /// Jobs that were closed, with their machine.
    pub closed_jobs: Vec<(usize, Job)>,
}

/// The plant.
#[derive(Clone, Debug)]
pub(super) struct Factory {
    random: Random,
    pub now: DateTime,
    /// When the machines were last changed in the master.
    pub installed: DateTime,
    pub lots: Vec<Lot>,
    pub machines: Vec<Machine>,
    next_lot: u32,
    next_job: u32,
    /// Machines of each group that count.
    by_group: Vec<Vec<usize>>,
}

/// Index into [`STATES`].
const PRD: usize = 0;
const SBY: usize = 1;

/// Where a machine goes when it leaves the state of its row, by state. Productive
/// machines mostly stay; the rest return to work sooner or later.
const NEXT: [[f64; 10]; 10] = [
    [0.0, 10.0, 2.0, 2.0, 0.6, 0.2, 0.6, 0.3, 0.3, 0.1],
    [12.0, 0.0, 0.8, 1.5, 0.5, 0.8, 0.5, 0.2, 0.2, 0.3],
    [6.0, 2.0, 0.0, 0.3, 0.2, 0.0, 0.0, 0.6, 0.0, 0.0],
    [6.0, 1.0, 0.2, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [4.0, 1.0, 0.1, 0.2, 0.0, 0.1, 0.0, 0.0, 0.3, 0.0],
    [3.0, 2.0, 0.0, 0.0, 0.2, 0.0, 0.2, 0.0, 0.0, 0.5],
    [4.0, 1.5, 0.1, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [4.0, 1.0, 0.5, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [4.0, 1.0, 0.1, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0],
    [2.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
];

fn person(random: &mut Random) -> String {
    format!("{}{}", random.pick(&SURNAMES), random.pick(&GIVEN_NAMES))
}

impl Factory {
    /// A plant in the middle of its day.
    pub(super) fn new(seed: u64, now: DateTime, size: PlantSize) -> Self {
        let mut factory = Self {
            random: Random::new(seed),
            now,
            installed: now - 30.days(),
            lots: Vec::with_capacity(size.lots),
            machines: Vec::new(),
            next_lot: 0,
            next_job: 1,
            by_group: vec![Vec::new(); GROUPS.len()],
        };
        factory.install_machines(size.machines);
        for _ in 0..size.lots {
            factory.start_lot(true);
        }
        factory.load_machines();
        factory
    }

    fn install_machines(&mut self, count: usize) {
        for (group, kind) in GROUPS.iter().enumerate() {
            let share = (kind.machines * count as f64).round() as usize;
            // The last group takes what rounding left.
            let wanted = if group + 1 == GROUPS.len() {
                count.saturating_sub(self.machines.len())
            } else {
                share
            };
            for _ in 0..wanted.max(1) {
                self.install(group, true);
            }
        }
        for _ in 0..count / 9 {
            let group = self.random.below(GROUPS.len());
            self.install(group, false);
        }
    }

    fn install(&mut self, group: usize, counts: bool) {
        let kind = &GROUPS[group];
        let random = &mut self.random;
        let number = self.machines.len() as u32 + 1;
        // Families differ in size: the first ones are common.
        let letter = (random.unit() * random.unit() * kind.families as f64) as u8;
        let family = format!("G{}{}", kind.short, char::from(b'A' + letter));
        let weights = [kind.productive, 0.16, 0.04, 0.06, 0.04, 0.05, 0.025, 0.012, 0.012, 0.01];
        let state = random.weighted(&weights);
        let machine = Machine {
            number,
            name: format!("{family}-{number:04}"),
            family,
            group,
            workcenter: random.below(kind.workcenters.len()),
            location: if counts { random.pick(&LOCATIONS) } else { "報廢" },
            vendor: random.pick(&VENDORS),
            department: random.pick(&DEPARTMENTS),
            production: random.chance(0.86),
            key: random.chance(0.18),
            monitor: random.chance(0.12),
            counts,
            state,
            reason: random.pick(STATES[state].1),
            job: None,
            lots: Vec::new(),
            tracked_in: self.now - SignedDuration::from_mins(random.below(900) as i64),
            operator: person(random),
        };
        let index = self.machines.len();
        if counts {
            self.by_group[group].push(index);
        }
        self.machines.push(machine);
        if is_repair(STATES[state].0) {
            self.open_job(index);
        }
    }

    fn open_job(&mut self, machine: usize) {
        let opened = self.now - SignedDuration::from_mins(self.random.below(300) as i64);
        self.machines[machine].job = Some(Job {
            number: self.next_job,
            opened,
            technician: person(&mut self.random),
            symptom: self.random.below(40) as u32,
            cause: self.random.below(40) as u32,
        });
        self.next_job += 1;
    }

    /// A new lot; somewhere on its route when the plant is filled, else at its first step.
    fn start_lot(&mut self, anywhere: bool) -> usize {
        let now = self.now;
        let random = &mut self.random;
        let weights: Vec<f64> = PACKAGES.iter().map(|(_, weight)| *weight).collect();
        let package = random.weighted(&weights);
        let number = self.next_lot;
        self.next_lot += 1;
        let order = number / 9;
        let work: Vec<f64> = GROUPS.iter().map(|group| group.machines + 0.02).collect();
        let (group, age_mins) = if anywhere {
            let group = random.weighted(&work);
            (group, (group as i64 + 1) * 1300 + (random.unit() * random.unit() * 14_000.0) as i64)
        } else {
            (0, 0)
        };
        let started = now - SignedDuration::from_mins(age_mins);
        let moved_in =
            now - SignedDuration::from_mins((random.unit() * age_mins.min(2600) as f64) as i64);
        let priority = ["4.一般", "4.一般", "4.一般", "4.一般", "3.急件", "2.特急", "1.超特急"];
        let mut lot = Lot {
            number,
            id: format!("GA2611{order:05}-A{:02}-{:03}", number % 9 / 5, number % 9 + 1),
            workorder: format!("GA2611{order:05}"),
            kind: package * 12 + random.below(12),
            package: PACKAGES[package].0,
            qty: (1000.0 + random.unit() * random.unit() * 90_000.0) as u32,
            group,
            spec: random.below(SPECS_PER_GROUP),
            started,
            moved_in,
            due: started + 21.days(),
            priority: random.pick(&priority),
            state: LotState::Queue,
        };
        if number % 311 == 7 {
            lot.id = format!("DUMMY{number:07}");
        }
        if anywhere && random.chance(0.055) {
            lot.state = LotState::Hold(hold(random));
        }
        let index = self.lots.len();
        self.lots.push(lot);
        index
    }

    /// Gives every productive machine something to do.
    fn load_machines(&mut self) {
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); GROUPS.len()];
        for (index, lot) in self.lots.iter().enumerate() {
            if lot.state == LotState::Queue {
                waiting[lot.group].push(index);
            }
        }
        for (group, waiting) in waiting.iter_mut().enumerate() {
            for machine in self.by_group[group].clone() {
                if self.machines[machine].state != PRD {
                    continue;
                }
                let wanted = 1
                    + usize::from(self.random.chance(0.45))
                    + usize::from(self.random.chance(0.2));
                for _ in 0..wanted {
                    if let Some(lot) = waiting.pop() {
                        self.track_in(lot, machine);
                    }
                }
                if self.machines[machine].lots.is_empty() {
                    self.set_state(machine, SBY);
                }
            }
        }
    }

    fn track_in(&mut self, lot: usize, machine: usize) {
        self.lots[lot].state = LotState::Run { machine };
        self.machines[machine].lots.push(lot);
    }

    fn set_state(&mut self, machine: usize, state: usize) {
        self.machines[machine].state = state;
        self.machines[machine].reason = self.random.pick(STATES[state].1);
    }

    /// Moves the plant to `now`; about `share` of the lots and machines change.
    pub(super) fn tick(&mut self, now: DateTime, share: f64) -> Changes {
        self.now = now;
        let mut changes = Changes::default();
        let moves = ((self.lots.len() as f64 * share) as usize).max(1);
        for _ in 0..moves {
            let lot = self.random.below(self.lots.len());
            self.move_lot(lot, &mut changes);
        }
        for _ in 0..((self.machines.len() as f64 * share) as usize).max(1) {
            let machine = self.random.below(self.machines.len());
            self.move_machine(machine, &mut changes);
        }
        changes
    }

    fn move_lot(&mut self, index: usize, changes: &mut Changes) {
        match self.lots[index].state.clone() {
            LotState::Hold(_) => {
                if self.random.chance(0.25) {
                    self.lots[index].state = LotState::Queue;
                    changes.lots.insert(index);
                }
            }
            LotState::Queue => {
                if self.random.chance(0.035) {
                    self.lots[index].state = LotState::Hold(hold(&mut self.random));
                    changes.lots.insert(index);
                    return;
                }
                let group = &self.by_group[self.lots[index].group];
                let machine = self.random.pick(group);
                let free = self.machines[machine].state == SBY
                    || (self.machines[machine].state == PRD
                        && self.machines[machine].lots.len() < 3);
                if free {
                    if self.machines[machine].state == SBY {
                        self.set_state(machine, PRD);
                    }
                    self.machines[machine].tracked_in = self.now;
                    self.track_in(index, machine);
                    changes.lots.insert(index);
                    changes.machines.insert(machine);
                }
            }
            LotState::Run { machine } => {
                self.machines[machine].lots.retain(|other| *other != index);
                if self.machines[machine].lots.is_empty() {
                    self.set_state(machine, SBY);
                }
                changes.machines.insert(machine);
                self.advance(index, changes);
            }
        }
    }

    /// The next step of a lot that was tracked out; after the last one it leaves
    /// and a new lot starts in its place.
    fn advance(&mut self, index: usize, changes: &mut Changes) {
        changes.lots.insert(index);
        let lot = &mut self.lots[index];
        lot.state = LotState::Queue;
        lot.moved_in = self.now;
        lot.spec += 3;
        if lot.spec < SPECS_PER_GROUP {
            return;
        }
        lot.spec = self.random.below(3);
        lot.group += 1;
        if lot.group < GROUPS.len() {
            return;
        }
        changes.finished.push(lot.id.clone());
        let fresh = self.start_lot(false);
        let lot = self.lots.swap_remove(fresh);
        self.lots[index] = lot;
    }

    fn move_machine(&mut self, index: usize, changes: &mut Changes) {
        let from = self.machines[index].state;
        // Productive machines rarely stop by themselves.
        if from == PRD && !self.random.chance(0.18) {
            return;
        }
        let mut to = self.random.weighted(&NEXT[from]);
        if to == PRD && !self.find_work(index, changes) {
            to = SBY;
        }
        if to == from {
            return;
        }
        if from == PRD {
            for lot in std::mem::take(&mut self.machines[index].lots) {
                self.lots[lot].state = LotState::Queue;
                changes.lots.insert(lot);
            }
        }
        self.set_state(index, to);
        changes.machines.insert(index);
        let broken = is_repair(STATES[to].0);
        if broken && self.machines[index].job.is_none() {
            self.open_job(index);
            if let Some(job) = &mut self.machines[index].job {
                job.opened = self.now;
            }
            changes.opened_jobs.push(index);
        } else if !broken && let Some(job) = self.machines[index].job.take() {
            changes.closed_jobs.push((index, job));
        }
    }

    /// Tracks a waiting lot of the machine's group in; false when none is found.
    fn find_work(&mut self, machine: usize, changes: &mut Changes) -> bool {
        if !self.machines[machine].counts {
            return false;
        }
        let group = self.machines[machine].group;
        for _ in 0..60 {
            let lot = self.random.below(self.lots.len());
            if self.lots[lot].group == group && self.lots[lot].state == LotState::Queue {
                self.machines[machine].tracked_in = self.now;
                self.track_in(lot, machine);
                changes.lots.insert(lot);
                return true;
            }
        }
        false
    }

    /// Hours of one machine on one past day by E10 state, 24 in all.
    pub(super) fn day_hours(seed: u64, machine: &Machine, day: i64) -> Vec<(&'static str, f64)> {
        let mut random = Random::new(seed ^ (u64::from(machine.number) << 32) ^ day as u64);
        let productive = GROUPS[machine.group].productive + (random.unit() - 0.5) * 0.3;
        let weekend = day.rem_euclid(7) >= 5;
        let nst = if weekend { 4.0 * random.unit() } else { 0.6 * random.unit() };
        let mut left = 24.0 - nst;
        let prd = left * productive.clamp(0.05, 0.95);
        left -= prd;
        let weights = [0.5, 0.16, 0.24, 0.1].map(|weight| weight * (0.4 + random.unit()));
        let total: f64 = weights.iter().sum();
        let mut hours = vec![("PRD", prd), ("NST", nst)];
        for (state, weight) in ["SBY", "UDT", "SDT", "EGT"].into_iter().zip(weights) {
            hours.push((state, left * weight / total));
        }
        hours.into_iter().map(|(state, hours)| (state, (hours * 100.0).round() / 100.0)).collect()
    }
}

fn hold(random: &mut Random) -> Hold {
    let weights: Vec<f64> = REASONS.iter().map(|(_, weight)| *weight).collect();
    let reason = REASONS[random.weighted(&weights)].0;
    let department = random.pick(&DEPARTMENTS);
    Hold {
        reason,
        by: person(random),
        department,
        comment: format!("{reason}：待{department}確認後釋放，單號 H{:05}", random.below(100_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(seed: u64) -> Factory {
        let now = jiff::civil::date(2026, 11, 20).at(8, 0, 0, 0);
        Factory::new(seed, now, PlantSize { lots: 400, machines: 90 })
    }

    fn check(factory: &Factory) {
        for (index, lot) in factory.lots.iter().enumerate() {
            if let LotState::Run { machine } = lot.state {
                let machine = &factory.machines[machine];
                assert!(
                    machine.lots.contains(&index),
                    "{} runs on a machine that does not know it",
                    lot.id
                );
                assert_eq!(machine.group, lot.group, "{}", lot.id);
                assert!(machine.counts);
            }
            assert!(lot.group < GROUPS.len() && lot.spec < SPECS_PER_GROUP, "{lot:?}");
        }
        for (index, machine) in factory.machines.iter().enumerate() {
            for &lot in &machine.lots {
                assert_eq!(factory.lots[lot].state, LotState::Run { machine: index });
            }
            let state = STATES[machine.state].0;
            assert_eq!(
                state == "PRD" && machine.counts,
                !machine.lots.is_empty(),
                "{} {state}",
                machine.name
            );
            assert_eq!(is_repair(state), machine.job.is_some(), "{} {state}", machine.name);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
        #[test]
        fn what_belongs_together_stays_together(seed: u64) {
            let mut factory = small(seed);
            check(&factory);
            for minute in 1..200 {
                let now = factory.now + SignedDuration::from_secs(minute);
                factory.tick(now, 0.02);
                check(&factory);
            }
        }
    }

    #[test]
    fn equal_seeds_make_equal_plants() {
        let (mut a, mut b) = (small(7), small(7));
        for _ in 0..50 {
            let now = a.now + SignedDuration::from_secs(5);
            a.tick(now, 0.02);
            b.tick(now, 0.02);
        }
        assert_eq!(a.lots, b.lots);
        assert_eq!(a.machines, b.machines);
        assert_ne!(small(8).lots, a.lots);
    }

    #[test]
    fn lot_ids_stay_unique() {
        let mut factory = small(3);
        for _ in 0..300 {
            let now = factory.now + SignedDuration::from_secs(5);
            factory.tick(now, 0.05);
        }
        let ids: BTreeSet<&String> = factory.lots.iter().map(|lot| &lot.id).collect();
        assert_eq!(ids.len(), factory.lots.len());
    }

    #[test]
    fn a_day_has_24_hours() {
        let factory = small(1);
        for day in 0..30 {
            let hours: f64 = Factory::day_hours(1, &factory.machines[5], day)
                .iter()
                .map(|(_, hours)| hours)
                .sum();
            assert!((hours - 24.0).abs() < 0.05, "{hours}");
        }
    }
}
