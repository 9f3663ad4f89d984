//! Budgets that are known to be missed, and by how much: a release may miss them again, but not by more.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Failure, Figure};

/// A figure may be so much above the accepted one; two runs differ by that.
const TOLERANCE: f64 = 1.15;

/// Figure by name, in its unit.
pub(super) type Accepted = BTreeMap<String, f64>;

/// # Errors
/// There is no such file, or it isn't a JSON object of numbers.
pub(super) fn load(path: &Path) -> Result<Accepted, Failure> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// Figures that close the gate, a line each: beyond their limit, and beyond what was accepted. One that
/// could not be measured does so as well.
pub(super) fn beyond(figures: &[Figure], accepted: &Accepted) -> Vec<String> {
    let tell = |figure: &Figure| {
        let most = accepted.get(&figure.what).map_or(figure.limit, |worst| worst * TOLERANCE);
        let most = most.max(figure.limit);
        (figure.figure.is_nan() || figure.figure > most).then(|| {
            format!("{}: {:.3} {}, at most {most:.3}", figure.what, figure.figure, figure.unit)
        })
    };
    figures.iter().filter_map(tell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(what: &str, figure: f64) -> Figure {
        Figure {
            budget: "3",
            what: what.into(),
            told: String::new(),
            figure,
            limit: 10.0,
            unit: "ms",
        }
    }

    #[test]
    fn a_budget_may_be_missed_by_as_much_as_was_accepted() {
        let accepted = Accepted::from([("known".to_owned(), 20.0), ("mended".to_owned(), 5.0)]);
        let told = |what, value| beyond(&[figure(what, value)], &accepted).len();
        assert_eq!((told("new", 10.0), told("new", 10.1)), (0, 1));
        assert_eq!((told("known", 22.9), told("known", 23.1)), (0, 1));
        assert_eq!((told("mended", 9.9), told("mended", 10.1)), (0, 1));
        assert_eq!(told("known", f64::NAN), 1);
    }

    #[test]
    fn the_file_names_missed_budgets() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("accepted.json");
        assert!(load(&file).unwrap().values().all(|worst| *worst > 0.0));
    }
}
