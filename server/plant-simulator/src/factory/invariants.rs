//! What must hold at every moment of every plant.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::*;
use crate::catalogue::job_kind;

fn small(seed: u64) -> Factory {
    let now = jiff::civil::date(2026, 11, 20).at(8, 0, 0, 0);
    Factory::new(seed, now, PlantSize::of(400, 90))
}

fn check(factory: &Factory) {
    let now = factory.now();
    for (slot, lot) in factory.lots.iter().enumerate() {
        let id = lot.id();
        assert!(lot.group < GROUPS.len() && lot.spec < SPECS_PER_GROUP, "{lot:?}");
        assert!(lot.order.started <= lot.moved_in && lot.moved_in <= now, "{lot:?}");
        assert!(lot.qty > 0 && lot.qty <= lot.start_qty, "{lot:?}");
        match &lot.state {
            LotState::Run { machine, since, .. } => {
                let machine = &factory.machines[*machine];
                assert_eq!(machine.lots.iter().filter(|other| **other == slot).count(), 1, "{id}");
                assert_eq!(machine.place, lot.place(), "{id}");
                assert!(lot.moved_in <= *since && *since <= now, "{lot:?}");
            }
            LotState::Hold(hold) => assert!(hold.reason < REASONS.len() && hold.at <= now),
            LotState::Queue => {}
        }
    }
    for (index, machine) in factory.machines.iter().enumerate() {
        for &slot in &machine.lots {
            let state = &factory.lots[slot].state;
            assert!(matches!(state, LotState::Run { machine, .. } if *machine == index));
        }
        let state = STATES[machine.state].0;
        if machine.outside.is_some() {
            assert!(machine.lots.is_empty());
        } else {
            assert_eq!(machine.state == PRD, !machine.lots.is_empty(), "{index} {state}");
        }
        let job = machine.job.as_ref();
        assert_eq!(job_kind(machine.state), job.map(|job| job.kind), "{index} {state}");
        assert!(job.is_none_or(|job| job.opened <= job.taken.unwrap_or(now)), "{job:?}");
        assert!(machine.reason < STATES[machine.state].1.len());
        assert!(machine.since <= now && machine.changed <= now);
    }
}

fn run(factory: &mut Factory, ticks: usize, share: f64, mut each: impl FnMut(&Factory, &Changes)) {
    for _ in 0..ticks {
        let now = factory.now() + SignedDuration::from_secs(5);
        let changes = factory.tick(now, share);
        each(factory, &changes);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]
    #[test]
    fn what_belongs_together_stays_together(seed: u64, share in 0.001..0.3) {
        let mut factory = small(seed);
        check(&factory);
        run(&mut factory, 500, share, |factory, _| check(factory));
    }

    /// Whoever applies the changes knows all that is new.
    #[test]
    fn nothing_changes_untold(seed: u64) {
        let mut factory = small(seed);
        let (mut lots, mut machines) = (factory.lots.clone(), factory.machines.clone());
        run(&mut factory, 100, 0.05, |factory, changes| {
            for &slot in &changes.lots {
                lots[slot] = factory.lots[slot].clone();
            }
            for &index in changes.machines.iter().chain(&changes.masters) {
                machines[index] = factory.machines[index].clone();
            }
            assert_eq!(lots, factory.lots);
            assert_eq!(machines, factory.machines);
        });
    }
}

#[test]
fn equal_seeds_make_equal_plants() {
    let (mut a, mut b) = (small(7), small(7));
    run(&mut a, 50, 0.02, |_, _| {});
    run(&mut b, 50, 0.02, |_, _| {});
    assert_eq!(a, b);
    assert_ne!(small(8).lots, small(7).lots);
}

#[test]
fn a_plant_has_the_size_that_was_asked_for() {
    for size in [PlantSize::of(12_000, 2_000), PlantSize::of(50, 40)] {
        let factory = Factory::new(1, jiff::civil::date(2026, 1, 2).at(0, 0, 0, 0), size);
        let counted = factory.machines.iter().filter(|machine| machine.outside.is_none()).count();
        assert_eq!((factory.lots.len(), counted), (size.lots, size.machines));
        check(&factory);
    }
}

#[test]
fn ids_stay_unique() {
    let mut factory = small(3);
    let mut jobs = BTreeSet::new();
    run(&mut factory, 400, 0.1, |factory, changes| {
        let ids: BTreeSet<String> = factory.lots.iter().map(Lot::id).collect();
        assert_eq!(ids.len(), factory.lots.len());
        for step in &changes.job_steps {
            let opened = step.kind == JobStepKind::Opened;
            assert!(!opened || jobs.insert(step.job.number), "{step:?}");
        }
    });
}

/// Shares of the lots and of the machines, as pages show them.
#[derive(Debug)]
struct Shares {
    run: f64,
    hold: f64,
    ou: f64,
    down: f64,
    /// Of all lots, in the fullest and the emptiest group in proportion to the usual.
    fullest: f64,
    emptiest: f64,
}

fn shares(factory: &Factory) -> Shares {
    let lots = factory.lots.len() as f64;
    let count = |is: fn(&LotState) -> bool| {
        factory.lots.iter().filter(|lot| is(&lot.state)).count() as f64 / lots
    };
    let counted = || factory.machines.iter().filter(|machine| machine.outside.is_none());
    let machines = |states: &[usize]| {
        counted().filter(|machine| states.contains(&machine.state)).count() as f64
    };
    let full: Vec<f64> = factory
        .places
        .iter()
        .enumerate()
        .map(|(index, place)| {
            let here = factory.lots.iter().filter(|lot| lot.place() == index).count();
            here as f64 / place.lots
        })
        .collect();
    Shares {
        run: count(|state| matches!(state, LotState::Run { .. })),
        hold: count(|state| matches!(state, LotState::Hold(_))),
        ou: machines(&[0]) / machines(&[0, 1, 2, 3, 4]),
        down: machines(&[2, 3]) / counted().count() as f64,
        fullest: full.iter().copied().fold(0.0, f64::max),
        emptiest: full.iter().copied().fold(f64::MAX, f64::min),
    }
}

/// A working day of ticks does not wear the plant out.
#[test]
fn the_plant_looks_the_same_after_eight_hours() {
    let now = jiff::civil::date(2026, 11, 20).at(8, 0, 0, 0);
    let mut factory = Factory::new(20_261_120, now, PlantSize::default());
    let mut changed = 0;
    for hour in 0..=8 {
        let shares = shares(&factory);
        assert!((0.22..0.28).contains(&shares.run), "{hour} h: {shares:?}");
        assert!((0.04..0.06).contains(&shares.hold), "{hour} h: {shares:?}");
        assert!((0.60..0.72).contains(&shares.ou), "{hour} h: {shares:?}");
        assert!((0.07..0.16).contains(&shares.down), "{hour} h: {shares:?}");
        assert!(shares.fullest < 2.0 && shares.emptiest > 0.5, "{hour} h: {shares:?}");
        run(&mut factory, 720, 0.012, |_, changes| changed += changes.lots.len());
    }
    let long_waits = factory
        .lots
        .iter()
        .filter(|lot| factory.now().duration_since(lot.moved_in).as_hours() >= 4)
        .count();
    assert!(long_waits > factory.lots.len() / 50, "{long_waits}");
    let per_tick = changed as f64 / (9.0 * 720.0) / factory.lots.len() as f64;
    assert!((0.010..0.020).contains(&per_tick), "{per_tick}");
}
