//! Which of two contents of a table is the newer one, by the MES database's clock.
//!
//! Several servers may read the same table, and their own clocks differ. Each read brings the
//! database's clock, so that contents can be ordered whichever server read them.

use std::time::Duration;

use jiff::Timestamp;

/// A moment of the MES database's clock, µs since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AsOf(pub i64);

impl AsOf {
    /// That of a time that the database gave.
    pub fn of(database_now: Timestamp) -> Self {
        Self(database_now.as_microsecond())
    }

    /// The same, later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// What is known of the time of a content.
///
/// `changed` is odd and `confirmed` even, so that the place of a content is never taken for a moment at
/// which another one was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Not before the moment at which the table was first seen with this content: its place in the
    /// sequence of contents. Clients remember it.
    pub changed: AsOf,
    /// Not after the last moment at which the whole table was read and had this content.
    pub confirmed: AsOf,
}

impl Order {
    /// The order of a read that began when what is published had the order `before`. It saw the clock
    /// `database_now` at its beginning, or a little before, and ended `took` later.
    ///
    /// Reads of one server, and of servers that refresh for each other, come one after the other, so
    /// that a later one is newer even where the database's clock was set back.
    pub fn of_read(
        database_now: AsOf,
        took: Duration,
        before: Option<Self>,
        is_same_content: bool,
    ) -> Self {
        let (changed, confirmed) =
            (AsOf(database_now.after(took).0 | 1), AsOf(database_now.0 & !1));
        match before {
            None => Self { changed, confirmed },
            Some(before) if is_same_content => {
                Self { confirmed: confirmed.max(before.confirmed), ..before }
            }
            Some(before) => Self { changed, confirmed }.after(before),
        }
    }

    /// The same of a read that began after `earlier` was published.
    #[must_use]
    pub fn after(self, earlier: Self) -> Self {
        Self {
            changed: self.changed.max(AsOf(earlier.changed.0.saturating_add(2))),
            confirmed: self
                .confirmed
                .max(AsOf(earlier.changed.0.saturating_add(1)))
                .max(earlier.confirmed),
        }
    }

    /// Whether a client that has seen the content of `seen` sees no older one.
    pub fn covers(self, seen: AsOf) -> bool {
        seen == self.changed || seen <= self.confirmed
    }

    /// What a client has seen that had seen `seen` and is shown this content, which covers it.
    pub fn shown_after(self, seen: Option<AsOf>) -> AsOf {
        match seen {
            // It is an older content that was found again: another one was there in between.
            Some(seen) if seen > self.changed => seen.max(self.confirmed),
            _ => self.changed,
        }
    }

    /// What two servers know of the same content.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self {
            changed: self.changed.max(other.changed),
            confirmed: self.confirmed.max(other.confirmed),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(changed: i64, confirmed: i64) -> Order {
        Order { changed: AsOf(changed), confirmed: AsOf(confirmed) }
    }

    #[test]
    fn a_read_covers_what_was_seen_before_it_and_itself() {
        let first = Order::of_read(AsOf(100), Duration::from_micros(10), None, false);
        assert_eq!(first, order(111, 100));
        assert!(first.covers(AsOf(111)) && first.covers(AsOf(100)));
        assert!(!first.covers(AsOf(105)), "another server may have read in between");
        let same = Order::of_read(AsOf(200), Duration::from_micros(10), Some(first), true);
        assert_eq!(same, order(111, 200));
        assert!(same.covers(AsOf(105)));
        let other = Order::of_read(AsOf(300), Duration::ZERO, Some(same), false);
        assert_eq!(other, order(301, 300));
        assert_eq!(other.shown_after(Some(AsOf(111))), AsOf(301));
        assert_eq!(same.shown_after(Some(AsOf(131))), AsOf(200));
    }

    #[test]
    fn a_clock_that_is_set_back_turns_no_order_round() {
        let before = order(1_001, 900);
        let after = Order::of_read(AsOf(10), Duration::from_micros(5), Some(before), false);
        assert_eq!(after, order(1_003, 1_002));
        assert!(after.covers(before.changed) && !before.covers(after.changed));
    }

    proptest! {
        /// Servers read a table that changes, each for itself and at the same time as others; a client
        /// goes from one to the other.
        #[test]
        fn nobody_is_shown_an_older_content_after_a_newer_one(
            steps in proptest::collection::vec((0..3_usize, 0..9_u8), 1..300),
        ) {
            #[derive(Clone, Copy)]
            struct Reading { now: i64, content: i64, before: Option<Order> }
            let mut published: [Option<(Order, i64)>; 3] = [None; 3];
            let mut reading: [Option<Reading>; 3] = [None; 3];
            let (mut clock, mut content) = (1_000_i64, 0_i64);
            let (mut seen, mut shown) = (AsOf(0), 0_i64);
            for (server, kind) in steps {
                clock += 2;
                match (kind, reading[server], published[server]) {
                    (0 | 1, ..) => content += 1,
                    (2..=4, None, known) => {
                        let before = known.map(|(order, _)| order);
                        reading[server] = Some(Reading { now: clock, content, before });
                    }
                    (2..=4, Some(Reading { now, content, before }), known) => {
                        let took = Duration::from_micros((clock - now) as u64);
                        let same = known.is_some_and(|(_, held)| held == content);
                        let order = Order::of_read(AsOf(now), took, before, same);
                        published[server] = Some((order, content));
                        reading[server] = None;
                    }
                    (_, _, Some((order, held))) if order.covers(seen) => {
                        prop_assert!(held >= shown, "{held} after {shown}");
                        shown = held;
                        seen = order.shown_after(Some(seen));
                    }
                    _ => {}
                }
            }
        }
    }
}
