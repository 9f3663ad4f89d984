use proptest::prelude::*;

use super::*;

fn limits() -> Limits {
    Limits::of_intervals([Duration::from_secs(60); DATASETS], Duration::from_secs(10))
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

const FREE: Sight = Sight { lease: None, fence: 0, others: 1 };

fn led_by_another(fence: u64) -> Sight {
    Sight { lease: Some((fence, false)), fence, others: 1 }
}

fn leading() -> Machine {
    let mut machine = Machine::new(limits(), secs(0));
    machine.board_seen(secs(0), FREE);
    assert_eq!(machine.next(secs(0)), Some(Action::Acquire { above: 0 }));
    machine.granted(secs(0), 1);
    assert_eq!(machine.role(secs(0)), Role::Leading { fence: 1 });
    machine
}

#[test]
fn a_free_lease_is_taken_and_renewed_and_ends_before_it_does_in_redis() {
    let mut machine = leading();
    assert_eq!(machine.next(millis(999)), None);
    assert_eq!(machine.next(secs(1)), Some(Action::Renew { fence: 1 }));
    machine.granted(secs(1), 1);
    assert_eq!(machine.role(millis(5_499)), Role::Leading { fence: 1 });
    // Nothing is heard of Redis any more.
    machine.board_failed(secs(2));
    assert_eq!(machine.role(millis(5_500)), Role::Alone);
}

#[test]
fn a_server_without_a_board_reads_for_itself_and_joins_when_it_is_back() {
    let mut machine = Machine::new(limits(), secs(0));
    machine.board_failed(millis(10));
    assert_eq!(machine.role(millis(1_999)), Role::Joining);
    assert_eq!(machine.role(secs(2)), Role::Alone);
    assert_eq!(machine.next(secs(2)), None);
    machine.board_seen(secs(9), led_by_another(7));
    assert_eq!(machine.role(secs(9)), Role::Following);
    machine.board_failed(secs(10));
    assert_eq!(machine.role(millis(11_999)), Role::Following);
    assert_eq!(machine.role(secs(12)), Role::Alone);
    machine.board_seen(secs(13), FREE);
    assert_eq!(
        machine.next(secs(13)),
        Some(Action::Acquire { above: 7 }),
        "above all that it knows"
    );
}

#[test]
fn a_leader_that_does_nothing_is_not_followed_for_ever() {
    let mut machine = Machine::new(limits(), secs(0));
    machine.board_seen(secs(5), led_by_another(1));
    assert_eq!(machine.role(secs(204)), Role::Following);
    assert_eq!(machine.role(secs(205)), Role::Alone);
    for dataset in Dataset::ALL {
        machine.moved(secs(206), dataset);
    }
    assert_eq!(machine.role(secs(207)), Role::Following);
}

#[test]
fn a_leader_has_its_time_from_when_it_is_known() {
    // After an hour as the leader, an hour without a board, and an hour under another leader.
    let hour = secs(3_600);
    let mut machine = leading();
    machine.granted(hour, 1);
    machine.board_seen(hour + secs(1), led_by_another(2));
    assert_eq!(machine.role(hour + secs(1)), Role::Following);
    machine.board_failed(hour + secs(2));
    machine.board_seen(2 * hour, led_by_another(2));
    assert_eq!(machine.role(2 * hour), Role::Following);
    assert_eq!(machine.role(3 * hour), Role::Alone);
    machine.board_seen(3 * hour, led_by_another(3));
    assert_eq!(machine.role(3 * hour), Role::Following);
}

#[test]
fn what_cannot_be_loaded_is_read() {
    let mut machine = Machine::new(limits(), secs(0));
    machine.board_seen(secs(0), led_by_another(1));
    machine.loaded(secs(1), false);
    machine.loaded(secs(5), false);
    assert_eq!(machine.role(secs(10)), Role::Following);
    assert_eq!(machine.role(secs(11)), Role::Alone);
    machine.loaded(secs(12), true);
    assert_eq!(machine.role(secs(12)), Role::Following);
}

#[test]
fn a_leader_that_cannot_read_hands_over_and_less_often_each_time() {
    let mut machine = leading();
    let mut held_for = Vec::new();
    let (mut now, mut fence) = (secs(0), 1);
    for _ in 0..4 {
        let taken_at = now;
        machine.has_read(now, false);
        loop {
            now += millis(200);
            machine.board_seen(now, Sight { lease: Some((fence, true)), fence, others: 1 });
            match machine.next(now) {
                Some(Action::Renew { fence }) => machine.granted(now, fence),
                Some(Action::Release { .. }) => break,
                other => assert_eq!(other, None),
            }
        }
        held_for.push((now - taken_at).as_secs());
        assert_eq!(machine.role(now), Role::Following);
        // The other one can't read either.
        now += secs(1);
        machine.board_seen(now, Sight { lease: None, fence, others: 1 });
        assert_eq!(machine.next(now), None, "the others come first");
        let free_at = now;
        while machine.next(now).is_none() {
            now += millis(200);
            machine.board_seen(now, Sight { lease: None, fence, others: 1 });
        }
        assert!(now - free_at <= secs(10), "a lease that nobody takes is taken again");
        fence += 2;
        machine.granted(now, fence);
    }
    assert_eq!(held_for, [10, 20, 40, 80]);
    machine.has_read(now, true);
    assert_eq!(machine.patience, secs(10));
}

#[test]
fn a_server_without_others_keeps_its_lease() {
    let mut machine = leading();
    machine.sight.others = 0;
    machine.has_read(secs(0), false);
    assert!(!machine.cannot_read(secs(1_000)));
}

#[test]
fn a_server_that_drains_hands_over_at_once_and_takes_no_lease_again() {
    let mut machine = leading();
    machine.leave();
    assert_eq!(machine.next(millis(10)), Some(Action::Release { fence: 1 }));
    assert_eq!(machine.role(millis(10)), Role::Following);
    machine.board_seen(secs(1), FREE);
    assert_eq!(machine.next(secs(1)), None);
}

#[test]
fn a_void_write_ends_the_lease() {
    let mut machine = leading();
    machine.refused(9);
    assert_eq!(machine.role(millis(10)), Role::Following);
    machine.board_seen(millis(20), FREE);
    assert_eq!(machine.next(millis(20)), Some(Action::Acquire { above: 9 }));
}

/// Redis with one lease; times are true ms.
#[derive(Default)]
struct Redis {
    lease: Option<(usize, u64, u64)>,
    fence: u64,
    /// What a key with an expiry of the lease lives, in true ms.
    ttl_ms: u64,
}

impl Redis {
    fn sight(&mut self, server: usize, now_ms: u64) -> Sight {
        self.lease = self.lease.filter(|(_, _, ends_ms)| now_ms < *ends_ms);
        let lease = self.lease.map(|(holder, fence, _)| (fence, holder == server));
        Sight { lease, fence: self.fence, others: 2 }
    }

    /// Whether it is done.
    fn act(&mut self, server: usize, action: Action, now_ms: u64) -> Option<u64> {
        self.sight(server, now_ms);
        match action {
            Action::Acquire { above } if self.lease.is_none() => {
                self.fence = self.fence.max(above) + 1;
                self.lease = Some((server, self.fence, now_ms + self.ttl_ms));
                Some(self.fence)
            }
            Action::Renew { fence } => {
                let (holder, held, _) = self.lease?;
                (holder == server && held == fence).then(|| {
                    self.lease = Some((server, fence, now_ms + self.ttl_ms));
                    fence
                })
            }
            Action::Release { fence } => {
                if self.lease.is_some_and(|(holder, held, _)| holder == server && held == fence) {
                    self.lease = None;
                }
                None
            }
            Action::Acquire { .. } => None,
        }
    }
}

/// A request on its way, or its answer.
#[derive(Clone, Copy, Debug)]
enum Way {
    To { action: Option<Action>, sent_at: Duration },
    Back { sight: Option<Sight>, granted: Option<u64>, asked: Option<Action>, sent_at: Duration },
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Messages are delayed and lost, clocks run at other rates and from other beginnings, Redis is
    /// emptied and servers drain: never do two servers count on the lease.
    #[test]
    fn at_most_one_server_counts_on_the_lease(
        rates in proptest::collection::vec(950..=1_050_u64, 4),
        delays in proptest::collection::vec(0..9_000_u64, 64),
        losses in proptest::collection::vec(any::<bool>(), 16),
        events in proptest::collection::vec((0..60_u8, 0..3_usize), 60),
        is_slow in any::<bool>(),
    ) {
        // The clock of Redis runs at its own rate.
        let mut redis = Redis { ttl_ms: 5_000 * 1_000 / rates[3], ..Redis::default() };
        let local = |server: usize, now_ms: u64| millis(now_ms * rates[server] / 1_000 + 77 * server as u64);
        let mut machines: Vec<Machine> =
            (0..3).map(|server| Machine::new(limits(), local(server, 0))).collect();
        // By server: when what is on its way arrives. A request that was given up may still arrive.
        let mut ways: Vec<(u64, usize, Way)> = Vec::new();
        let mut busy_until = [0_u64; 3];
        let mut draw = 0;
        let mut led = 0_u32;
        for step in 0..3_000_u64 {
            let now_ms = step * 20;
            let mut arrived: Vec<(u64, usize, Way)> = Vec::new();
            ways.retain(|way| {
                let is_there = way.0 <= now_ms;
                if is_there { arrived.push(*way); }
                !is_there
            });
            for (_, server, way) in arrived {
                match way {
                    Way::To { action, sent_at } => {
                        let granted = action.and_then(|action| redis.act(server, action, now_ms));
                        let sight = action.is_none().then(|| redis.sight(server, now_ms));
                        draw += 1;
                        let delay = delays[draw % delays.len()] / if is_slow { 10 } else { 100 };
                        let back = Way::Back { sight, granted, asked: action, sent_at };
                        if !losses[draw % losses.len()] || draw % 5 != 0 {
                            ways.push((now_ms + delay, server, back));
                        }
                    }
                    // The server waits no longer for it.
                    Way::Back { .. } if now_ms > busy_until[server] => {}
                    Way::Back { sight, granted, asked, sent_at } => {
                        let (machine, now) = (&mut machines[server], local(server, now_ms));
                        match (sight, granted, asked) {
                            (Some(sight), ..) => machine.board_seen(now, sight),
                            (_, Some(fence), _) => machine.granted(sent_at, fence),
                            (_, None, Some(Action::Renew { .. })) => machine.refused(0),
                            _ => {}
                        }
                        busy_until[server] = now_ms;
                    }
                }
            }
            for (server, machine) in machines.iter_mut().enumerate() {
                if now_ms < busy_until[server] { continue; }
                let sent_at = local(server, now_ms);
                let action = if step % 2 == 0 { machine.next(sent_at) } else { None };
                draw += 1;
                let delay = delays[draw % delays.len()] / if is_slow { 1 } else { 100 };
                ways.push((now_ms + delay, server, Way::To { action, sent_at }));
                busy_until[server] = now_ms + 400;
            }
            let event = events.get((step / 50) as usize).filter(|_| step % 50 == 0);
            if let Some((kind, server)) = event {
                match kind {
                    0 => machines[*server].leave(),
                    1 => machines[*server].has_read(local(*server, now_ms), false),
                    2 | 3 => machines[*server].board_failed(local(*server, now_ms)),
                    _ => {}
                }
            }
            let leading = (0..3).filter(|server| {
                matches!(machines[*server].role(local(*server, now_ms)), Role::Leading { .. })
            });
            let leading: Vec<usize> = leading.collect();
            prop_assert!(leading.len() <= 1, "{leading:?} at {now_ms} ms");
            led += u32::from(!leading.is_empty());
        }
        prop_assert!(is_slow || led > 100, "somebody leads: {led}");
    }
}
