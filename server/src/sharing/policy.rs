//! Who leads: no clock, no randomness, no I/O.
//!
//! `now` is the time since any fixed moment of this server's monotonic clock. The lease ends for its
//! holder before it ends in Redis, because the holder counts from before the request was sent; clocks
//! may run at rates that differ by [`Limits::CLOCK_RATE_ERROR`].

use std::time::Duration;

use compute_core::table::Dataset;

const DATASETS: usize = Dataset::ALL.len();

/// Times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long Redis keeps a lease that is not renewed.
    pub lease: Duration,
    /// Time between renewals.
    pub renew_every: Duration,
    /// How long the board may be silent before a server reads for itself.
    pub silence: Duration,
    /// How long what the board points to may be impossible to load before a server reads for itself.
    pub loading: Duration,
    /// How long the leader tries to read the MES before it hands over; doubles with every handover that
    /// doesn't help.
    pub reading: Duration,
    /// Longest of those.
    pub longest_reading: Duration,
    /// By dataset: age of the leader's last look at the MES from which on the others read for themselves.
    pub stale_after: [Duration; DATASETS],
}

impl Limits {
    /// Largest difference in rate between two clocks, as a divisor: one twentieth.
    const CLOCK_RATE_ERROR: u32 = 20;

    /// Those of datasets that are looked at at these intervals.
    pub fn of_intervals(intervals: [Duration; DATASETS], longest_read: Duration) -> Self {
        let seconds = Duration::from_secs;
        Self {
            lease: seconds(5),
            renew_every: seconds(1),
            silence: seconds(2),
            loading: seconds(10),
            reading: seconds(10),
            longest_reading: seconds(600),
            stale_after: intervals.map(|interval| 3 * interval + 2 * longest_read),
        }
    }

    /// How long a holder counts on a lease: both clocks may be wrong.
    fn counted_on(&self) -> Duration {
        self.lease - 2 * self.lease / Self::CLOCK_RATE_ERROR
    }
}

/// What this server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It doesn't know the board yet.
    Joining,
    /// It refreshes for all.
    Leading {
        /// Grows with every leader; writes with an older one are void.
        fence: u64,
    },
    /// It loads what another server read.
    Following,
    /// It reads for itself.
    Alone,
}

/// The lease, as the board shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Fence of the lease, and whether it is this server's.
    pub lease: Option<(u64, bool)>,
    /// Highest fence that wrote to the board.
    pub fence: u64,
    /// Servers besides this one.
    pub others: usize,
}

/// What to send to the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take the free lease, with a fence above this one.
    Acquire { above: u64 },
    /// Extend the lease.
    Renew { fence: u64 },
    /// Give it back at once.
    Release { fence: u64 },
}

#[derive(Clone, Copy, Debug)]
struct Held {
    fence: u64,
    until: Duration,
    renew_at: Duration,
}

/// What the board was last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contact {
    Seen,
    Silent { since: Duration },
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Machine {
    limits: Limits,
    contact: Contact,
    was_seen: bool,
    held: Option<Held>,
    sight: Sight,
    /// Since when the lease is free.
    free_since: Option<Duration>,
    /// Highest fence that this server knows.
    fence: u64,
    /// Highest fence that it gave back: a lease of it is not taken up again.
    released: u64,
    /// When the leader's look at each dataset last moved; before the first time the start.
    moved_at: [Duration; DATASETS],
    loading_failed_since: Option<Duration>,
    reading_failed_since: Option<Duration>,
    patience: Duration,
    barred_until: Duration,
    has_left: bool,
}

impl Machine {
    /// One that knows nothing at `now`.
    pub fn new(limits: Limits, now: Duration) -> Self {
        Self {
            contact: Contact::Silent { since: now },
            was_seen: false,
            held: None,
            sight: Sight::default(),
            free_since: None,
            fence: 0,
            released: 0,
            moved_at: [now; DATASETS],
            loading_failed_since: None,
            reading_failed_since: None,
            patience: limits.reading,
            barred_until: Duration::ZERO,
            has_left: false,
            limits,
        }
    }

    /// What this server is at `now`.
    pub fn role(&self, now: Duration) -> Role {
        if let Some(held) = self.held.filter(|held| now < held.until) {
            return Role::Leading { fence: held.fence };
        }
        if self.has_left {
            return Role::Following;
        }
        let has_lasted = |since: Duration, limit| now.saturating_sub(since) >= limit;
        match self.contact {
            Contact::Silent { since } if has_lasted(since, self.limits.silence) => Role::Alone,
            Contact::Silent { .. } if !self.was_seen => Role::Joining,
            Contact::Silent { .. } => Role::Following,
            Contact::Seen if self.is_stuck(now) => Role::Alone,
            Contact::Seen => Role::Following,
        }
    }

    /// Whether what the leader does is of no use here.
    fn is_stuck(&self, now: Duration) -> bool {
        let is_unloadable = self
            .loading_failed_since
            .is_some_and(|since| now.saturating_sub(since) >= self.limits.loading);
        let is_led = self.sight.lease.is_some();
        let mut ages = self.moved_at.iter().zip(&self.limits.stale_after);
        let is_stale = ages.any(|(moved_at, limit)| now.saturating_sub(*moved_at) >= *limit);
        is_unloadable || (is_led && is_stale)
    }

    /// What to send now, if anything. One action at a time: its result comes before the next.
    pub fn next(&mut self, now: Duration) -> Option<Action> {
        if let Some(held) = self.held.filter(|held| now < held.until) {
            if self.has_left || self.cannot_read(now) {
                self.held = None;
                self.released = self.released.max(held.fence);
                self.barred_until = now + self.patience;
                self.patience = (2 * self.patience).min(self.limits.longest_reading);
                self.reading_failed_since = None;
                return Some(Action::Release { fence: held.fence });
            }
            return (now >= held.renew_at).then_some(Action::Renew { fence: held.fence });
        }
        if self.has_left || self.contact != Contact::Seen {
            return None;
        }
        match self.sight.lease {
            // The answer to an acquisition or a renewal was lost.
            Some((fence, true)) if fence > self.released => Some(Action::Renew { fence }),
            Some(_) => None,
            None => {
                let free_for = self.free_since.map_or(Duration::ZERO, |since| now - since);
                let may = now >= self.barred_until || free_for >= 2 * self.limits.lease;
                may.then_some(Action::Acquire { above: self.fence })
            }
        }
    }

    fn cannot_read(&self, now: Duration) -> bool {
        let since = self.reading_failed_since.filter(|_| self.sight.others > 0);
        since.is_some_and(|since| now.saturating_sub(since) >= self.patience)
    }

    /// The board was read.
    pub fn board_seen(&mut self, now: Duration, sight: Sight) {
        // A leader has its time from when this server first knows of it.
        let is_other =
            |(fence, _): (u64, bool)| self.sight.lease.map(|(known, _)| known) != Some(fence);
        if self.contact != Contact::Seen || sight.lease.is_some_and(is_other) {
            self.moved_at = [now; DATASETS];
        }
        (self.contact, self.was_seen) = (Contact::Seen, true);
        self.sight = sight;
        self.fence = self.fence.max(sight.fence).max(sight.lease.map_or(0, |(fence, _)| fence));
        self.free_since = match sight.lease {
            None => Some(self.free_since.unwrap_or(now)),
            Some(_) => None,
        };
        if self.held.is_some_and(|held| sight.lease != Some((held.fence, true))) {
            self.held = None;
        }
    }

    /// The board could not be read.
    pub fn board_failed(&mut self, now: Duration) {
        if self.contact == Contact::Seen {
            self.contact = Contact::Silent { since: now };
        }
        self.free_since = None;
    }

    /// The lease was taken or extended by a request that was sent at `sent_at`.
    pub fn granted(&mut self, sent_at: Duration, fence: u64) {
        self.fence = self.fence.max(fence);
        if fence <= self.released {
            // The answer is older than the return of the lease.
            return;
        }
        self.sight.lease = Some((fence, true));
        self.free_since = None;
        self.moved_at = [sent_at; DATASETS];
        self.held = Some(Held {
            fence,
            until: sent_at + self.limits.counted_on(),
            renew_at: sent_at + self.limits.renew_every,
        });
    }

    /// The lease could not be taken or extended, or a write was void: another server has written with
    /// `fence`.
    pub fn refused(&mut self, fence: u64) {
        self.held = None;
        self.fence = self.fence.max(fence);
    }

    /// The leader's look at a dataset moved, and what it found is here.
    pub fn moved(&mut self, now: Duration, dataset: Dataset) {
        self.moved_at[dataset as usize] = now;
    }

    /// Whether what the board points to could be loaded.
    pub fn loaded(&mut self, now: Duration, could: bool) {
        self.loading_failed_since =
            if could { None } else { self.loading_failed_since.or(Some(now)) };
    }

    /// Whether this server could read the MES.
    pub fn has_read(&mut self, now: Duration, could: bool) {
        if could {
            self.reading_failed_since = None;
            self.patience = self.limits.reading;
        } else {
            self.reading_failed_since = self.reading_failed_since.or(Some(now));
        }
    }

    /// This server drains: it gives the lease back and takes none again.
    pub fn leave(&mut self) {
        self.has_left = true;
    }
}

#[cfg(test)]
mod tests;
