//! The clients that are compared. Ours is the code of the browser package.

use mes_compute::mes_api::policy::{Decision, ErrorClass, Outcome, RetryPolicy};

/// How a browser behaves when requests fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// What the browser package does.
    Ours,
    /// Ours, with every random draw 0.
    OursWithoutJitter,
    /// Ours, with the breaker of the origin always closed.
    OursWithoutBreaker,
    /// Three retries after 1, 2 and 4 s.
    Naive,
    /// Three retries with jitter, paid from 500 tokens at 14 each.
    AwsBudget,
    /// Three retries with jitter, 10 a second and a fifth of the requests.
    PercentBudget,
}

impl Client {
    pub(crate) const TABLE: [Self; 4] =
        [Self::Ours, Self::Naive, Self::AwsBudget, Self::PercentBudget];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursWithoutJitter => "ours without jitter",
            Self::OursWithoutBreaker => "ours without breaker",
            Self::Naive => "naive, 3 retries",
            Self::AwsBudget => "AWS-style budget",
            Self::PercentBudget => "20 % + 10/s budget",
        }
    }

    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::OursWithoutJitter | Self::OursWithoutBreaker)
    }
}

/// What a rival keeps for one tab.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    held: f64,
    at_ms: u64,
}

impl Tokens {
    pub(crate) fn new(client: Client) -> Self {
        Self { held: if client == Client::AwsBudget { 500.0 } else { 10.0 }, at_ms: 0 }
    }

    /// Counts a first attempt.
    pub(crate) fn request(&mut self, client: Client) {
        if client == Client::PercentBudget {
            self.held += 0.2;
        }
    }

    /// Counts a success.
    pub(crate) fn success(&mut self, client: Client) {
        if client == Client::AwsBudget {
            self.held = (self.held + 1.0).min(500.0);
        }
    }

    /// Whether a rival retries, and after how many ms.
    pub(crate) fn retry(
        &mut self,
        client: Client,
        retries: u32,
        now_ms: u64,
        random: f64,
    ) -> Option<u64> {
        if retries >= 3 {
            return None;
        }
        let wait = 1000 << retries;
        let price = match client {
            Client::AwsBudget => 14.0,
            Client::PercentBudget => {
                let earned = (now_ms - self.at_ms) as f64 / 100.0;
                (self.held, self.at_ms) = ((self.held + earned).min(100.0), now_ms);
                1.0
            }
            _ => return Some(wait),
        };
        if self.held < price {
            return None;
        }
        self.held -= price;
        Some((wait as f64 * random) as u64)
    }
}

/// What the server answers while its database is away.
pub(crate) fn refusal(hint_secs: u64) -> Outcome {
    Outcome::Status {
        status: 503,
        class: ErrorClass::of("CIRCUIT_BREAKER_OPEN"),
        retry_after_secs: Some(hint_secs),
    }
}

/// The wait of a decision.
pub(crate) fn wait_ms(decision: Decision) -> Option<u64> {
    match decision {
        Decision::GiveUp => None,
        Decision::RetryAfterMs(ms) => Some(ms),
    }
}

/// The policy of the browser package as pages use it.
pub(crate) fn policy() -> RetryPolicy {
    RetryPolicy::default()
}
