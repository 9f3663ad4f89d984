//! One deviation from the contract.

use std::fmt;

use serde::Serialize;

/// The expectation, the finding, its place, and the command that fixes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The subject.
    pub what: String,
    /// Expected by the contract.
    pub expected: String,
    pub found: String,
    /// File, folder or variable.
    pub place: String,
    /// The command that fixes it.
    #[serde(rename = "mend")]
    pub fix: String,
}

impl fmt::Display for Drift {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, expected, found, place, fix } = self;
        write!(out, "{place}: {what} is {found}, expected {expected}; to fix it: {fix}")
    }
}

/// The first line in which two texts differ: `(number, expected, found)`.
pub(super) fn first_difference<'a>(
    expected: &'a str,
    found: &'a str,
) -> Option<(usize, &'a str, &'a str)> {
    if expected == found {
        return None;
    }
    let (mut ours, mut theirs) = (expected.lines(), found.lines());
    for number in 1.. {
        match (ours.next(), theirs.next()) {
            (Some(our), Some(their)) if our == their => {}
            // Only the very end differs, which no line shows.
            (None, None) => return Some((number, "no more", "another end of line")),
            (our, their) => {
                return Some((number, our.unwrap_or("no more"), their.unwrap_or("no more")));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "b", "c")));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some((2, "b", "no more")));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some((2, "no more", "b")));
        assert!(first_difference("a\n", "a").is_some());
    }
}
