//! One tick: lots track out and in, holds come and go, machines change state.
//!
//! Every workcenter is steered towards its usual number of lots and of busy
//! machines, so that the plant looks the same after eight hours as after one.

use jiff::civil::DateTime;

use super::{Changes, Factory, HoldStep, Job, JobStep, JobStepKind, Lot, LotState, Release};
use crate::catalogue::{
    CAUSES, GROUPS, PEOPLE, PRD, REPAIRS, SBY, SPECS_PER_GROUP, STATES, SYMPTOMS, USUAL, job_kind,
};

/// Share of the lots that are on hold when all goes as usual.
pub(super) const HOLD_SHARE: f64 = 0.05;
/// Share of the lots of a workcenter, without those on hold, that run.
const RUN_SHARE: f64 = 0.265;
/// Lots on one machine at most.
const LOTS_PER_MACHINE: usize = 4;
/// Of the moves of a tick: those that are track-outs; as many are track-ins.
const TRACK_OUTS: f64 = 0.45;
/// Of the moves of a tick: those that are new holds; as many are releases.
const HOLDS: f64 = 0.02;
/// Share of the machines that may change state by themselves, for each share of lots that move.
const MACHINE_MOVES: f64 = 0.4;
/// Part of [`GROUPS`]' productive share that machines reach: the rest is not scheduled.
const SCHEDULED: f64 = 0.91;

/// Who is at a workcenter.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    waiting: Vec<usize>,
    running: Vec<usize>,
    standing_by: Vec<usize>,
    producing: Vec<usize>,
}

impl Factory {
    /// Moves the plant to `now`; about `share` of its lots change. A `now` in the
    /// plant's past leaves its clock where it is.
    pub fn tick(&mut self, now: DateTime, share: f64) -> Changes {
        let mut changes = Changes::default();
        let now = now.max(self.now());
        self.end_days(now, &mut changes);
        self.ledger.now = now;
        let moves = self.lots.len() as f64 * share;
        self.move_holds(moves * HOLDS, &mut changes);
        let specs = (GROUPS.len() * SPECS_PER_GROUP) as f64;
        for (place, mut crowd) in self.crowds().into_iter().enumerate() {
            let lots = (crowd.waiting.len() + crowd.running.len()) as f64;
            let kind = &self.places[place];
            // A crowded workcenter hurries.
            let pace = (lots / (kind.lots * (1.0 - HOLD_SHARE)).max(1.0)).clamp(0.3, 2.0);
            let part = kind.workcenter.specs() as f64 / specs;
            let outs = self.ledger.random.about(moves * TRACK_OUTS * part * pace);
            for _ in 0..outs {
                if let Some(lot) = self.ledger.random.take(&mut crowd.running) {
                    self.finish_step(lot, &mut changes);
                }
            }
            self.dispatch(place, outs * 2 + 2, &mut crowd, &mut changes);
        }
        let machines = self.machines.len() as f64 * share * MACHINE_MOVES;
        for _ in 0..self.ledger.random.about(machines) {
            let machine = self.ledger.random.below(self.machines.len());
            self.move_machine(machine, &mut changes);
        }
        if self.ledger.random.chance(0.02) {
            self.edit_master(&mut changes);
        }
        changes
    }

    pub(super) fn crowds(&self) -> Vec<Crowd> {
        let mut crowds: Vec<Crowd> = self.places.iter().map(|_| Crowd::default()).collect();
        for (slot, lot) in self.lots.iter().enumerate() {
            let crowd = &mut crowds[lot.place()];
            match lot.state {
                LotState::Queue => crowd.waiting.push(slot),
                LotState::Run { .. } => crowd.running.push(slot),
                LotState::Hold(_) => {}
            }
        }
        for (crowd, place) in crowds.iter_mut().zip(&self.places) {
            for &machine in &place.machines {
                match self.machines[machine].state {
                    PRD => crowd.producing.push(machine),
                    SBY => crowd.standing_by.push(machine),
                    _ => {}
                }
            }
        }
        crowds
    }

    fn move_holds(&mut self, expected: f64, changes: &mut Changes) {
        let mut held: Vec<usize> = (0..self.lots.len())
            .filter(|slot| matches!(self.lots[*slot].state, LotState::Hold(_)))
            .collect();
        // The more are held, the more are released.
        let usual = HOLD_SHARE * self.lots.len() as f64;
        let releases = self.ledger.random.about(expected * held.len() as f64 / usual.max(1.0));
        for _ in 0..releases {
            if let Some(slot) = self.ledger.random.take(&mut held) {
                let state = std::mem::replace(&mut self.lots[slot].state, LotState::Queue);
                changes.lots.insert(slot);
                if let LotState::Hold(hold) = state {
                    let release = Some(Release { at: self.now(), by: hold.by });
                    let lot = self.lots[slot].clone();
                    changes.hold_steps.push(HoldStep { lot, hold, release });
                }
            }
        }
        // One that runs would be held when it comes off its machine, if then.
        let mut free: Vec<usize> =
            (0..self.lots.len()).filter(|slot| self.lots[*slot].state == LotState::Queue).collect();
        for _ in 0..self.ledger.random.about(expected) {
            if let Some(slot) = self.ledger.random.take(&mut free) {
                let hold = self.draw_hold();
                let lot = self.lots[slot].clone();
                changes.hold_steps.push(HoldStep { lot, hold: hold.clone(), release: None });
                self.lots[slot].state = LotState::Hold(hold);
                changes.lots.insert(slot);
            }
        }
    }

    /// Tracks lots in until the workcenter is as busy as usual, `limit` at most.
    pub(super) fn dispatch(
        &mut self,
        place: usize,
        limit: usize,
        crowd: &mut Crowd,
        changes: &mut Changes,
    ) {
        let kind = &self.places[place];
        let group = &GROUPS[kind.workcenter.group];
        let busy = (group.productive * SCHEDULED * kind.machines.len() as f64).round() as usize;
        let lots = (crowd.waiting.len() + crowd.running.len()) as f64;
        let wanted = ((lots * RUN_SHARE).round() as usize).saturating_sub(crowd.running.len());
        crowd.producing.retain(|machine| self.machines[*machine].state == PRD);
        for _ in 0..wanted.min(limit) {
            let Some(slot) = self.take_urgent(&mut crowd.waiting) else { return };
            let machine = match self.machine_for_lot(crowd, busy) {
                Some(machine) => machine,
                None => return,
            };
            self.track_in(slot, machine, changes);
        }
    }

    /// One of the waiting lots; of two candidates the more urgent one.
    fn take_urgent(&mut self, waiting: &mut Vec<usize>) -> Option<usize> {
        let first = self.take_ready(waiting)?;
        let Some(second) = self.take_ready(waiting) else { return Some(first) };
        let swap = self.lots[second].order.priority < self.lots[first].order.priority;
        let (taken, left) = if swap { (second, first) } else { (first, second) };
        waiting.push(left);
        Some(taken)
    }

    /// One of the waiting lots, seldom one that lacks something.
    fn take_ready(&mut self, waiting: &mut Vec<usize>) -> Option<usize> {
        let mut taken = self.ledger.random.take(waiting)?;
        for _ in 0..4 {
            if !lacks_something(&self.lots[taken]) || self.ledger.random.chance(0.02) {
                break;
            }
            let Some(other) = self.ledger.random.take(waiting) else { break };
            waiting.push(std::mem::replace(&mut taken, other));
        }
        Some(taken)
    }

    /// Fewer than `busy` machines produce: one that stands by. Otherwise one with room.
    fn machine_for_lot(&mut self, crowd: &mut Crowd, busy: usize) -> Option<usize> {
        if crowd.producing.len() < busy.max(1)
            && let Some(machine) = self.ledger.random.take(&mut crowd.standing_by)
        {
            crowd.producing.push(machine);
            return Some(machine);
        }
        let room = |machine: &&usize| self.machines[**machine].lots.len() < LOTS_PER_MACHINE;
        let free: Vec<usize> = crowd.producing.iter().filter(room).copied().collect();
        if free.is_empty() {
            return None;
        }
        let (a, b) = (self.ledger.random.pick(&free), self.ledger.random.pick(&free));
        Some(if self.machines[b].lots.len() < self.machines[a].lots.len() { b } else { a })
    }

    fn track_in(&mut self, slot: usize, machine: usize, changes: &mut Changes) {
        if self.machines[machine].state != PRD {
            self.set_state(machine, PRD);
        }
        let operator = self.ledger.random.below(PEOPLE) as u16;
        self.lots[slot].state = LotState::Run { machine, since: self.now(), operator };
        self.machines[machine].lots.push(slot);
        changes.lots.insert(slot);
        changes.machines.insert(machine);
    }

    /// Tracks a running lot out and sends it to its next step. After the last one
    /// it leaves, and a new lot starts in its slot.
    fn finish_step(&mut self, slot: usize, changes: &mut Changes) {
        let LotState::Run { machine, operator, .. } = self.lots[slot].state else { return };
        self.machines[machine].lots.retain(|other| *other != slot);
        if self.machines[machine].lots.is_empty() {
            self.set_state(machine, SBY);
        }
        changes.machines.insert(machine);
        changes.lots.insert(slot);
        let now = self.now();
        let random = &mut self.ledger.random;
        let lot = &mut self.lots[slot];
        if random.chance(0.3) {
            lot.qty -= random.below(lot.qty as usize / 400 + 1) as u32;
        }
        lot.state = LotState::Queue;
        lot.moved_in = now;
        lot.moved_by = operator;
        lot.spec += 1 + random.below(4);
        if lot.spec >= SPECS_PER_GROUP {
            lot.spec -= SPECS_PER_GROUP;
            lot.group += 1;
        }
        if lot.group == GROUPS.len() {
            self.lots[slot] = self.start_lot(false);
        }
    }

    fn move_machine(&mut self, index: usize, changes: &mut Changes) {
        let from = self.machines[index].state;
        if matches!(from, PRD | SBY) {
            let workcenter = self.places[self.machines[index].place].workcenter;
            // What is less productive breaks more often.
            let trouble = (1.35 - GROUPS[workcenter.group].productive) / 0.68;
            let mut weights = USUAL;
            for (state, weight) in weights.iter_mut().enumerate() {
                // Waiting for the technician makes these last longer.
                *weight *= if job_kind(state).is_some() { trouble * 2.0 / 3.0 } else { 1.0 };
            }
            let total: f64 = weights.iter().sum();
            if !self.ledger.random.chance(total / (1.0 - total)) {
                return;
            }
            let to = self.ledger.random.weighted(&weights);
            self.release_lots(index, changes);
            self.change_state(index, to, changes);
            return;
        }
        if self.begin_job(index, changes) && self.ledger.random.chance(0.5) {
            return;
        }
        let worse = match STATES[from].0 {
            "UDT" => Some("BKD"),
            "PM" => Some("SDT"),
            "EGT" => Some("ENG"),
            _ => None,
        };
        let worse = worse.and_then(|name| STATES.iter().position(|(state, _)| *state == name));
        let to = match worse {
            Some(worse) if self.ledger.random.chance(0.08) => worse,
            _ if self.machines[index].outside.is_some() && self.ledger.random.chance(0.6) => PRD,
            _ => SBY,
        };
        self.change_state(index, to, changes);
    }

    /// Sends the lots of a machine that stops back to its queue.
    fn release_lots(&mut self, machine: usize, changes: &mut Changes) {
        for slot in std::mem::take(&mut self.machines[machine].lots) {
            self.lots[slot].state = LotState::Queue;
            changes.lots.insert(slot);
        }
    }

    fn change_state(&mut self, index: usize, to: usize, changes: &mut Changes) {
        self.set_state(index, to);
        changes.machines.insert(index);
        self.keep_job(index, self.now(), changes);
    }

    /// A technician takes the open job of a machine; false when there is none to take.
    fn begin_job(&mut self, machine: usize, changes: &mut Changes) -> bool {
        let now = self.now();
        let Some(job) = &mut self.machines[machine].job else { return false };
        if job.taken.is_some() {
            return false;
        }
        job.taken = Some(now);
        let job = job.clone();
        changes.job_steps.push(JobStep { machine, job, kind: JobStepKind::Taken });
        changes.machines.insert(machine);
        true
    }

    /// Opens the job that the state of a machine asks for, and closes one that it doesn't.
    pub(super) fn keep_job(&mut self, machine: usize, opened: DateTime, changes: &mut Changes) {
        let wanted = job_kind(self.machines[machine].state);
        let have = self.machines[machine].job.as_ref().map(|job| job.kind);
        if wanted == have {
            return;
        }
        if let Some(mut job) = self.machines[machine].job.take() {
            job.taken.get_or_insert(self.ledger.now);
            changes.job_steps.push(JobStep { machine, job, kind: JobStepKind::Closed });
        }
        if let Some(kind) = wanted {
            let job = self.draw_job(kind, opened);
            self.machines[machine].job = Some(job.clone());
            changes.job_steps.push(JobStep { machine, job, kind: JobStepKind::Opened });
        }
    }

    fn draw_job(&mut self, kind: super::JobKind, opened: DateTime) -> Job {
        let number = self.ledger.next_job;
        self.ledger.next_job += 1;
        let random = &mut self.ledger.random;
        Job {
            number,
            kind,
            opened,
            opened_by: random.below(PEOPLE) as u16,
            taken: None,
            technician: random.below(PEOPLE) as u16,
            symptom: random.below(SYMPTOMS.len()),
            cause: random.below(CAUSES.len()),
            repair: random.below(REPAIRS.len()),
        }
    }

    /// A correction of the master data of a machine.
    fn edit_master(&mut self, changes: &mut Changes) {
        let index = self.ledger.random.below(self.machines.len());
        let machine = &mut self.machines[index];
        machine.monitor = !machine.monitor;
        machine.changed = self.ledger.now;
        changes.masters.insert(index);
    }
}

/// Whether a lot waits for papers, tools or material at its spec, which takes long: few
/// do, and they keep the waiting times of the plant as long as those it was filled with.
fn lacks_something(lot: &Lot) -> bool {
    (lot.number + 31 * (lot.group * SPECS_PER_GROUP + lot.spec) as u32).is_multiple_of(50)
}
