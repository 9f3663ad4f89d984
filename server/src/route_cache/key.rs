//! Everything that a result depends on, as one key.

use sha2::{Digest, Sha256};

/// Key of a result in both levels. Equal keys have equal results.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RouteKey([u8; 32]);

impl RouteKey {
    /// The key of a `question` in a `namespace` (one per kind of result) for these `versions` of
    /// the data, or dates. Callers write equal questions identically.
    ///
    /// Another version of the program has other keys, because its results may differ.
    pub fn new(namespace: &str, versions: &[&str], question: &str) -> Self {
        let mut hash = Sha256::new();
        // With their lengths, so that no two lists of parts run together to the same text. SHA-256,
        // because callers write the questions and must not find two with one key.
        let parts = [env!("CARGO_PKG_VERSION"), namespace, question];
        for part in parts.into_iter().chain(versions.iter().copied()) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().into())
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The name in Redis.
    pub(super) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for RouteKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_answer_depends_on_changes_its_key() {
        let keys = [
            RouteKey::new("history", &["v1", "2026-11-01"], "family=A"),
            RouteKey::new("history", &["v2", "2026-11-01"], "family=A"),
            RouteKey::new("history", &["v1"], "family=A"),
            RouteKey::new("history", &["v12026-11-01"], "family=A"),
            RouteKey::new("history", &["v1", "2026-11-01"], "family=B"),
            RouteKey::new("histor", &["v1", "2026-11-01"], "yfamily=A"),
            RouteKey::new("jobs", &["v1", "2026-11-01"], "family=A"),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
        assert_eq!(keys[0], RouteKey::new("history", &["v1", "2026-11-01"], "family=A"));
        assert_eq!(keys[0].hex().len(), 64);
    }
}
