//! What the board says of a dataset: its newest version, and where the parts of it are.

use compute_core::quality::PlantClock;
use compute_core::table::Dataset;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::auth::secret_key::{SIGNATURE_CHARS, SecretKey};
use crate::snapshot::{AsOf, Described, Order};

/// What signatures of pointers are for.
const PURPOSE: &str = "shared version";

/// A part of a version in Redis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartRef {
    /// SHA-256, hexadecimal.
    pub digest: String,
    pub bytes: usize,
}

impl PartRef {
    pub fn of(part: &[u8]) -> Self {
        Self { digest: digest(part), bytes: part.len() }
    }

    /// Whether these are the bytes. Takes time: not for async threads.
    pub fn is_of(&self, part: &[u8]) -> bool {
        self.bytes == part.len() && self.digest == digest(part)
    }
}

fn digest(part: &[u8]) -> String {
    Sha256::digest(part).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The newest version of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pointer {
    /// Name of the dataset, so that a pointer can't stand in the place of another.
    dataset: String,
    pub version: String,
    pub table: PartRef,
    pub codings: PartRef,
    changed: i64,
    confirmed: i64,
    /// Grows with every look at the MES that succeeded.
    pub looks: u64,
    /// The last look failed.
    pub is_failing: bool,
    /// Fence of the leader that wrote it.
    pub fence: u64,
    /// µs since 1970.
    updated_at: i64,
    clock_now: String,
    clock_latest: String,
    /// The database's clock when this was written, µs since 1970; by the leader's estimate.
    pub database_now: i64,
}

/// What a new pointer is made of.
pub(super) struct NewPointer<'a> {
    pub dataset: Dataset,
    pub version: &'a str,
    pub table: PartRef,
    pub codings: PartRef,
    pub order: Order,
    pub looks: u64,
    pub fence: u64,
    pub updated_at: Timestamp,
    pub clock: &'a PlantClock,
    pub database_now: AsOf,
}

impl Pointer {
    pub fn new(new: NewPointer<'_>) -> Self {
        Self {
            dataset: new.dataset.name().to_owned(),
            version: new.version.to_owned(),
            table: new.table,
            codings: new.codings,
            changed: new.order.changed.0,
            confirmed: new.order.confirmed.0,
            looks: new.looks,
            is_failing: false,
            fence: new.fence,
            updated_at: new.updated_at.as_microsecond(),
            clock_now: new.clock.now.clone(),
            clock_latest: new.clock.latest.clone(),
            database_now: new.database_now.0,
        }
    }

    /// The same after another look at the MES, which may have failed.
    pub fn looked(self, could: bool, fence: u64, database_now: AsOf) -> Self {
        let looks = self.looks + u64::from(could);
        Self { looks, is_failing: !could, fence, database_now: database_now.0, ..self }
    }

    pub fn order(&self) -> Order {
        Order { changed: AsOf(self.changed), confirmed: AsOf(self.confirmed) }
    }

    /// The same content.
    pub fn is_same(&self, other: &Self) -> bool {
        self.version == other.version && self.table == other.table
    }

    /// When this content was first read.
    pub fn updated_at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.updated_at).unwrap_or_default()
    }

    pub fn described(&self, dataset: Dataset) -> Described {
        Described {
            dataset,
            version: self.version.clone(),
            updated_at: self.updated_at(),
            clock: PlantClock { now: self.clock_now.clone(), latest: self.clock_latest.clone() },
        }
    }

    /// Signed, for the plant of the servers that share it.
    pub fn sealed(&self, key: &SecretKey, plant: &str) -> Result<Vec<u8>, serde_json::Error> {
        let text = serde_json::to_vec(self)?;
        let mut value = key.sign(PURPOSE, &message(plant, &text)).into_bytes();
        value.extend(text);
        Ok(value)
    }

    /// `None` for one that was forged, changed, or moved from another dataset or plant.
    pub fn opened(key: &SecretKey, plant: &str, dataset: Dataset, value: &[u8]) -> Option<Self> {
        let (signature, text) = value.split_at_checked(SIGNATURE_CHARS)?;
        let signature = std::str::from_utf8(signature).ok()?;
        if !key.holds(PURPOSE, &message(plant, text), signature) {
            return None;
        }
        let pointer: Self = serde_json::from_slice(text).ok()?;
        (pointer.dataset == dataset.name()).then_some(pointer)
    }
}

fn message(plant: &str, text: &[u8]) -> Vec<u8> {
    [plant.as_bytes(), b"\n", text].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer() -> Pointer {
        let clock = PlantClock { now: "a".to_owned(), latest: "b".to_owned() };
        Pointer::new(NewPointer {
            dataset: Dataset::Wip,
            version: "v1",
            table: PartRef::of(b"table"),
            codings: PartRef::of(b"codings"),
            order: Order { changed: AsOf(7), confirmed: AsOf(5) },
            looks: 1,
            fence: 3,
            updated_at: Timestamp::from_second(9).unwrap(),
            clock: &clock,
            database_now: AsOf(8),
        })
    }

    #[test]
    fn a_pointer_counts_for_its_key_plant_and_dataset_only() {
        let (key, pointer) = (SecretKey::random().unwrap(), pointer());
        let value = pointer.sealed(&key, "plant").unwrap();
        let opened =
            |key, plant, dataset, value: &[u8]| Pointer::opened(key, plant, dataset, value);
        assert_eq!(opened(&key, "plant", Dataset::Wip, &value), Some(pointer));
        assert_eq!(opened(&key, "plant", Dataset::Resource, &value), None);
        assert_eq!(opened(&key, "other", Dataset::Wip, &value), None);
        let another = SecretKey::random().unwrap();
        assert_eq!(opened(&another, "plant", Dataset::Wip, &value), None);
        for at in 0..value.len() {
            let mut changed = value.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&key, "plant", Dataset::Wip, &changed), None, "{at}");
            assert_eq!(opened(&key, "plant", Dataset::Wip, &value[..at]), None, "{at}");
        }
    }

    #[test]
    fn a_part_is_known_by_its_bytes() {
        let part = PartRef::of(b"table");
        assert!(part.is_of(b"table"));
        assert!(!part.is_of(b"tablE") && !part.is_of(b"table "));
    }
}
