//! The pages in a browser, beside a hand-written one with the same rows.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Failure, Figure};

/// Every page on the release binary, on a plant of the usual size and on a large one.
pub(crate) fn measure(
    root: &Path,
    target: &Path,
    figures: &mut Vec<Figure>,
) -> Result<(), Failure> {
    let output = Command::new("node")
        .arg(root.join("frontend/bench/interactions.mjs"))
        .args(["--json", "--server"])
        .arg(target.join("release/mes-dashboard"))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the pages were not measured: {}", output.status).into());
    }
    let measured: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    figures.extend(measured.iter().map(figure));
    Ok(())
}

/// One figure of the script; what could not be measured is no number.
fn figure(of: &Value) -> Figure {
    let text = |key: &str| of[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| of[key].as_f64().unwrap_or(f64::NAN);
    Figure {
        budget: "11",
        what: text("what"),
        told: text("told"),
        figure: number("figure"),
        limit: number("limit"),
        unit: match text("unit").as_str() {
            "ms" => "ms",
            "MB" => "MB",
            "×" => "×",
            _ => "of the page",
        },
    }
}
