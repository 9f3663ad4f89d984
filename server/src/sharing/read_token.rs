//! What a client has seen, as it carries it from server to server.
//!
//! `wip-1764321000000000.resource-1764320000000000.SIGNATURE`: per dataset the place of the newest
//! content that it was shown (µs of the MES database's clock), and a signature, so that no client can make
//! servers read the MES by writing one.

use std::collections::BTreeMap;

use compute_core::table::Dataset;

use crate::auth::secret_key::SecretKey;
use crate::snapshot::{AsOf, Plant};

const PURPOSE: &str = "read token";
/// Longer than any that we write.
const MOST_CHARS: usize = 200;

/// By dataset, what a client has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadToken(BTreeMap<&'static str, AsOf>);

impl ReadToken {
    /// Reads a token; `None` for one that our servers didn't write.
    pub fn parse(key: &SecretKey, text: &str) -> Option<Self> {
        if text.len() > MOST_CHARS {
            return None;
        }
        let (seen, signature) = text.rsplit_once('.')?;
        if !key.holds(PURPOSE, seen.as_bytes(), signature) {
            return None;
        }
        let parts = seen.split('.').map(|part| {
            let (dataset, changed) = part.split_once('-')?;
            Some((Dataset::by_name(dataset)?.name(), AsOf(changed.parse().ok()?)))
        });
        parts.collect::<Option<_>>().map(Self)
    }

    /// The place of a dataset.
    pub fn seen(&self, dataset: Dataset) -> Option<AsOf> {
        self.0.get(dataset.name()).copied()
    }

    /// Adds what a plant shows of some datasets.
    pub fn show(&mut self, plant: &Plant, datasets: &[Dataset]) {
        for dataset in datasets {
            if let Some(order) = plant.state(*dataset).order {
                let seen = order.shown_after(self.seen(*dataset));
                self.0.insert(dataset.name(), seen);
            }
        }
    }

    /// Adds what another one has seen.
    pub fn merge(&mut self, other: &Self) {
        for (dataset, seen) in &other.0 {
            let known = self.0.entry(dataset).or_insert(*seen);
            *known = (*known).max(*seen);
        }
    }

    /// Leaves out places that no server can know yet: the database's clock was set back since.
    pub fn forget_after(&mut self, latest: AsOf) {
        self.0.retain(|_, seen| *seen <= latest);
    }

    /// As it is sent; `None` when there is nothing to say.
    pub fn write(&self, key: &SecretKey) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let parts: Vec<String> =
            self.0.iter().map(|(dataset, seen)| format!("{dataset}-{}", seen.0)).collect();
        let seen = parts.join(".");
        let signature = key.sign(PURPOSE, seen.as_bytes());
        Some(format!("{seen}.{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(places: &[(&'static str, i64)]) -> ReadToken {
        ReadToken(places.iter().map(|(dataset, seen)| (*dataset, AsOf(*seen))).collect())
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_no_other_is_taken() {
        let key = SecretKey::random().unwrap();
        let seen = token(&[("wip", 1_764_321_000_000_000), ("resource", 7)]);
        let text = seen.write(&key).unwrap();
        assert_eq!(ReadToken::parse(&key, &text), Some(seen));
        assert_eq!(ReadToken::parse(&SecretKey::random().unwrap(), &text), None);
        let all = Dataset::ALL.map(|dataset| (dataset.name(), i64::MAX));
        assert!(token(&all).write(&key).unwrap().len() <= MOST_CHARS);
        let changed = text.replace("wip-1764", "wip-9764");
        let long = "a".repeat(10_000);
        for wrong in ["", ".", "wip-1", "wip-1.", &changed, &long, &text[1..]] {
            assert_eq!(ReadToken::parse(&key, wrong), None, "{wrong}");
        }
        assert_eq!(ReadToken::default().write(&key), None);
    }

    #[test]
    fn merging_keeps_the_newer_place() {
        let mut seen = token(&[("wip", 5), ("resource", 7)]);
        seen.merge(&token(&[("wip", 4), ("resource", 8), ("equipment", 1)]));
        assert_eq!(seen, token(&[("wip", 5), ("resource", 8), ("equipment", 1)]));
        seen.forget_after(AsOf(5));
        assert_eq!(seen, token(&[("wip", 5), ("equipment", 1)]));
    }
}
