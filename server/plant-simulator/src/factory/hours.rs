//! Hours of the machines by state: measured while the plant runs, assumed for
//! the days before.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};

use super::{Changes, EndedDay, Factory, Machine};
use crate::catalogue::{GROUPS, STATES, workcenters};
use crate::random::Random;

const DAY_SECS: u32 = 86_400;
/// After a longer pause of the simulation, the hours of the machines are assumed.
const LONG_PAUSE: SignedDuration = SignedDuration::from_hours(1);

pub(crate) fn midnight(date: Date) -> DateTime {
    date.to_datetime(jiff::civil::time(0, 0, 0, 0))
}

fn seconds_between(from: DateTime, to: DateTime) -> u32 {
    u32::try_from(to.duration_since(from).as_secs()).unwrap_or(0)
}

impl Factory {
    /// Ends the days between the plant's time and `now`.
    pub(super) fn end_days(&mut self, now: DateTime, changes: &mut Changes) {
        let mut date = self.now().date();
        if date >= now.date() {
            return;
        }
        if now.duration_since(self.now()) > LONG_PAUSE {
            while date < now.date() {
                changes.ended_days.push(self.assumed_day(date));
                date = date.saturating_add(1.day());
            }
            self.ledger.now = now;
            self.assume_today();
            return;
        }
        let end = midnight(now.date());
        let close = |machine: &mut Machine| {
            machine.today[machine.state] += seconds_between(machine.since, end);
            machine.since = end;
            std::mem::take(&mut machine.today)
        };
        let seconds = self.machines.iter_mut().map(close).collect();
        changes.ended_days.push(EndedDay { date, seconds });
    }

    /// Puts a machine into a state from now on.
    pub(super) fn set_state(&mut self, machine: usize, state: usize) {
        let now = self.now();
        let reason = self.ledger.random.below(STATES[state].1.len());
        let machine = &mut self.machines[machine];
        machine.today[machine.state] += seconds_between(machine.since, now);
        machine.since = now;
        machine.state = state;
        machine.reason = reason;
    }

    /// Assumed hours of all machines on a day that was not simulated.
    pub(crate) fn assumed_day(&self, date: Date) -> EndedDay {
        let seconds =
            self.machines.iter().map(|machine| assume(self.ledger.seed, machine, date)).collect();
        EndedDay { date, seconds }
    }

    /// Where the time of a state of an assumed day begins and ends, in seconds after midnight: one state
    /// follows another, on each day from another one on.
    pub(crate) fn placed(machine: &Machine, date: Date, seconds: &[u32]) -> Vec<(usize, u32, u32)> {
        let count = seconds.len();
        let first = (machine.number as usize * 7 + date.day() as usize * 3) % count;
        let mut at = 0;
        (0..count)
            .map(|step| (first + step) % count)
            .filter(|state| seconds[*state] > 0)
            .map(|state| {
                let begin = at;
                at += seconds[state];
                (state, begin, at)
            })
            .collect()
    }

    /// What a machine's state of this kind took on an assumed day, in seconds after midnight.
    pub(crate) fn assumed_span(
        &self,
        machine: usize,
        date: Date,
        state: usize,
    ) -> Option<(u32, u32)> {
        let machine = &self.machines[machine];
        let seconds = assume(self.ledger.seed, machine, date);
        let placed = Self::placed(machine, date, &seconds);
        placed.into_iter().find(|(other, ..)| *other == state).map(|(_, begin, end)| (begin, end))
    }

    /// The hours of today until now.
    pub(crate) fn today(&self) -> EndedDay {
        let now = self.now();
        let seconds = self.machines.iter().map(|machine| {
            let mut seconds = machine.today;
            seconds[machine.state] += seconds_between(machine.since, now);
            seconds
        });
        EndedDay { date: now.date(), seconds: seconds.collect() }
    }

    /// Assumes the hours of today until now.
    pub(super) fn assume_today(&mut self) {
        let (seed, now) = (self.ledger.seed, self.now());
        let elapsed = seconds_between(midnight(now.date()), now);
        for machine in &mut self.machines {
            let day = assume(seed, machine, now.date());
            machine.today = day.map(|seconds| {
                (u64::from(seconds) * u64::from(elapsed) / u64::from(DAY_SECS)) as u32
            });
            machine.today[machine.state] += elapsed - machine.today.iter().sum::<u32>();
            machine.since = now;
        }
    }
}

/// Seconds of a machine by state on one day, 24 hours in all. Equal arguments, equal answers.
fn assume(seed: u64, machine: &Machine, date: Date) -> [u32; STATES.len()] {
    let day = i64::from(date.year()) * 372 + i64::from(date.month()) * 31 + i64::from(date.day());
    let group = workcenters().nth(machine.place).map_or(0, |workcenter| workcenter.group);
    // The plant has good and bad days, a group good and bad weeks, a machine its own luck.
    let swing = |salt: u64, size: f64| {
        let mut random = Random::new(seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        (random.unit() - 0.5) * size
    };
    let week = day as u64 / 7;
    let plant_day = swing(day as u64, 0.06);
    let group_week = swing((week << 8) ^ group as u64 ^ (1 << 40), 0.10);
    let mut random = Random::new(seed ^ (u64::from(machine.number) << 32) ^ day as u64);
    random.next();
    let productive =
        GROUPS[group].productive + plant_day + group_week + (random.unit() - 0.5) * 0.24;
    let weekend = matches!(date.weekday().to_monday_one_offset(), 6 | 7);
    let idle = if weekend { 0.22 } else { 0.06 } * random.unit();
    let mut seconds = [0; STATES.len()];
    let mut left = f64::from(DAY_SECS) * (1.0 - idle);
    seconds[5] = (f64::from(DAY_SECS) - left) as u32;
    seconds[0] = (left * productive.clamp(0.05, 0.95)) as u32;
    left -= f64::from(seconds[0]);
    let weights = [0.5, 0.16, 0.24, 0.1].map(|weight| weight * (0.4 + random.unit()));
    let total: f64 = weights.iter().sum();
    for (state, weight) in weights.into_iter().enumerate() {
        seconds[state + 1] = (left * weight / total) as u32;
    }
    // The seconds that rounding left over were spent standing by.
    seconds[1] += DAY_SECS - seconds.iter().sum::<u32>();
    seconds
}

#[cfg(test)]
mod tests {
    use super::super::PlantSize;
    use super::*;
    use jiff::civil::date;

    fn at(hour: i8, minute: i8) -> DateTime {
        date(2026, 11, 20).at(hour, minute, 0, 0)
    }

    fn plant(now: DateTime) -> Factory {
        Factory::new(1, now, PlantSize::of(300, 60))
    }

    #[test]
    fn a_day_has_24_hours() {
        let plant = plant(at(8, 0));
        for day in 1..=28 {
            let day = plant.assumed_day(date(2026, 10, day));
            assert!(day.seconds.iter().all(|seconds| seconds.iter().sum::<u32>() == DAY_SECS));
        }
    }

    #[test]
    fn a_measured_day_has_24_hours_as_well() {
        let mut plant = plant(at(23, 50));
        let mut ended = Vec::new();
        for minute in 1..=30 {
            let now = at(23, 50) + SignedDuration::from_mins(minute);
            ended.extend(plant.tick(now, 0.05).ended_days);
        }
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].date, date(2026, 11, 20));
        assert!(ended[0].seconds.iter().all(|seconds| seconds.iter().sum::<u32>() == DAY_SECS));
        for machine in &plant.machines {
            let running = seconds_between(machine.since, plant.now());
            assert_eq!(machine.today.iter().sum::<u32>() + running, 20 * 60);
        }
    }

    #[test]
    fn days_that_nobody_watched_are_assumed() {
        let mut plant = plant(at(8, 0));
        let later = date(2026, 11, 23).at(6, 0, 0, 0);
        let changes = plant.tick(later, 0.02);
        let dates: Vec<Date> = changes.ended_days.iter().map(|day| day.date).collect();
        assert_eq!(dates, [20, 21, 22].map(|day| date(2026, 11, day)));
        for machine in &plant.machines {
            assert_eq!(machine.today.iter().sum::<u32>(), 6 * 3600);
        }
    }
}
