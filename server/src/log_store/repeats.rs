//! Repeated entries are counted, so that a flood of them leaves room for others.

use std::collections::HashMap;

use super::Logged;

/// Time in which equal entries are counted together, ms.
const WINDOW_MS: i64 = 60_000;
/// Entries of one text that pass in a window.
const PASS: u64 = 20;
/// Texts that are distinguished; further ones of a module are counted together.
const MOST_TEXTS: usize = 1_024;
/// What entries of our own audit are logged as: each of them counts.
const AUDIT: &str = "audit";

/// What makes entries equal: fields and request don't count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Text {
    severity: i64,
    target: String,
    message: Option<String>,
}

#[derive(Debug)]
struct Window {
    began_ms: i64,
    passed: u64,
    /// The newest that did not pass, and how many there were.
    counted: Option<(Logged, u64)>,
}

/// Counts entries by their text.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    windows: HashMap<Text, Window>,
}

impl Repeats {
    /// The entry, unless it is counted only.
    pub(super) fn pass(&mut self, entry: Logged) -> Option<Logged> {
        if entry.target == AUDIT {
            return Some(entry);
        }
        let mut text = Text {
            severity: entry.severity,
            target: entry.target.clone(),
            message: Some(entry.message.clone()),
        };
        if self.windows.len() >= MOST_TEXTS && !self.windows.contains_key(&text) {
            text.message = None;
        }
        let fresh = Window { began_ms: entry.at_ms, passed: 0, counted: None };
        let window = self.windows.entry(text).or_insert(fresh);
        if window.passed < PASS {
            window.passed += 1;
            return Some(entry);
        }
        let count = window.counted.as_ref().map_or(0, |(_, count)| *count);
        window.counted = Some((entry, count + 1));
        None
    }

    /// One entry per ended window with repeats.
    pub(super) fn due(&mut self, now_ms: i64) -> Vec<Logged> {
        // A clock that was set back ends a window as well.
        let is_over = |window: &Window| !(0..WINDOW_MS).contains(&(now_ms - window.began_ms));
        let over = self.windows.extract_if(|_, window| is_over(window));
        let mut due: Vec<Logged> = over.filter_map(|(_, window)| told(window)).collect();
        due.sort_by_key(|entry| entry.at_ms);
        due
    }

    /// One entry for each window in which some were counted; for the end.
    pub(super) fn rest(&mut self) -> Vec<Logged> {
        self.windows.drain().filter_map(|(_, window)| told(window)).collect()
    }
}

/// The newest repeated entry, with the number of repeats.
fn told(window: Window) -> Option<Logged> {
    let (mut entry, count) = window.counted?;
    let fields = serde_json::from_str(&entry.fields);
    let mut fields: serde_json::Map<_, _> = fields.unwrap_or_default();
    fields.insert("repeated".to_owned(), count.into());
    fields.insert("since_ms".to_owned(), window.began_ms.into());
    entry.fields = serde_json::Value::Object(fields).to_string();
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at_ms: i64, target: &str, message: &str) -> Logged {
        Logged {
            at_ms,
            severity: 2,
            target: target.to_owned(),
            request_id: None,
            message: message.to_owned(),
            fields: format!("{{\"n\":{at_ms}}}"),
        }
    }

    #[test]
    fn a_flood_is_counted_and_others_pass() {
        let mut repeats = Repeats::default();
        let mut pass = |at_ms: i64, target: &str, message: &str| {
            repeats.pass(entry(at_ms, target, message)).is_some()
        };
        let passed = (0..60_000).filter(|n| pass(n / 6, "api", "several cookies")).count();
        assert_eq!(passed, PASS as usize);
        assert!(pass(10_000, "api", "another") && pass(10_000, "auth", "several cookies"));
        assert!((0..100).all(|_| pass(10_000, AUDIT, "signed in")));
        assert_eq!(repeats.due(WINDOW_MS - 1), []);
        let due = repeats.due(WINDOW_MS);
        assert_eq!(due.len(), 1);
        let fields: serde_json::Value = serde_json::from_str(&due[0].fields).unwrap();
        assert_eq!(due[0].message, "several cookies");
        assert_eq!(fields, serde_json::json!({ "n": 9_999, "repeated": 59_980, "since_ms": 0 }));
        assert!(repeats.pass(entry(WINDOW_MS, "api", "several cookies")).is_some(), "a new window");
        assert_eq!(repeats.due(WINDOW_MS + 10_000), [], "nothing else was counted");
    }

    #[test]
    fn texts_without_end_are_counted_by_module() {
        let mut repeats = Repeats::default();
        let mut pass = |n: usize| repeats.pass(entry(0, "api", &n.to_string())).is_some();
        assert_eq!((0..100_000).filter(|n| pass(*n)).count(), MOST_TEXTS + PASS as usize);
        assert!(repeats.windows.len() <= MOST_TEXTS + 1);
        let rest = repeats.rest();
        assert_eq!(rest.len(), 1);
        assert!(
            rest[0]
                .fields
                .contains(&format!("\"repeated\":{}", 100_000 - MOST_TEXTS as u64 - PASS))
        );
        assert!(repeats.windows.is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_ends_windows() {
        let mut repeats = Repeats::default();
        for _ in 0..30 {
            repeats.pass(entry(1_000_000, "api", "text"));
        }
        assert_eq!(repeats.due(0).len(), 1);
    }
}
