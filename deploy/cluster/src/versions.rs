//! Whether a client is ever given older data after newer data.

use std::collections::{HashMap, HashSet};

/// The plant's clock of versions whose answers tell it; shared by all clients.
pub(crate) type Clocks = HashMap<String, String>;

/// What one client was given so far, by dataset.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    datasets: HashMap<&'static str, History>,
}

#[derive(Debug, Default)]
struct History {
    current: String,
    /// Versions that others came after.
    left: HashSet<String>,
    /// The newest clock.
    clock: String,
}

impl Seen {
    /// Notes an answer of a version. `clock` is the plant's clock in it, where the answer has one, as a text
    /// that sorts as the moments do.
    ///
    /// # Errors
    /// The version is older than what the client was given before. What it has seen stays as it was.
    pub(crate) fn note(
        &mut self,
        dataset: &'static str,
        version: &str,
        clock: &str,
        clocks: &mut Clocks,
    ) -> Result<(), String> {
        if !clock.is_empty() && !clocks.contains_key(version) {
            clocks.insert(version.to_owned(), clock.to_owned());
        }
        let clock = clocks.get(version).map(String::as_str).unwrap_or_default();
        let history = self.datasets.entry(dataset).or_default();
        let newer = &history.current;
        if history.left.contains(version) {
            return Err(format!("{dataset}: {version} again, after {newer} had come"));
        }
        if !clock.is_empty() && clock < history.clock.as_str() {
            let before = &history.clock;
            return Err(format!("{dataset}: {version} of {clock} after {newer} of {before}"));
        }
        if history.current != version {
            let left = std::mem::replace(&mut history.current, version.to_owned());
            history.left.insert(left);
        }
        if !clock.is_empty() {
            clock.clone_into(&mut history.clock);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_version_is_found_by_its_return_and_by_its_clock() {
        let mut clocks = Clocks::new();
        let (mut a, mut b) = (Seen::default(), Seen::default());
        let mut note =
            |seen: &mut Seen, version, clock| seen.note("wip", version, clock, &mut clocks);
        assert_eq!(note(&mut a, "v1", "08:00"), Ok(()));
        assert_eq!(note(&mut a, "v2", ""), Ok(()));
        assert_eq!(note(&mut a, "v2", ""), Ok(()));
        assert!(note(&mut a, "v1", "").unwrap_err().contains("again"));
        assert_eq!(note(&mut a, "v3", "08:10"), Ok(()));
        // Another client learned of no version before, but all learn the clocks.
        assert_eq!(note(&mut b, "v3", ""), Ok(()));
        assert!(note(&mut b, "v1", "").unwrap_err().contains("08:00"));
        assert_eq!(note(&mut b, "v3", ""), Ok(()), "what it has seen stays");
        assert!(note(&mut b, "v0", "07:50").unwrap_err().contains("07:50"));
    }

    #[test]
    fn datasets_are_apart() {
        let (mut clocks, mut seen) = (Clocks::new(), Seen::default());
        for version in ["v1", "v2"] {
            assert_eq!(seen.note("wip", version, "", &mut clocks), Ok(()));
        }
        assert_eq!(seen.note("equipment", "v1", "", &mut clocks), Ok(()));
    }
}
