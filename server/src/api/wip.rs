//! `/api/wip/*`: lots. Every handler asks one query of the lot table.

pub mod detail;
pub mod hold_detail;
pub mod meta;
pub mod overview;

use compute_core::lot::LotFilter;

use super::error::ApiError;
use super::parameters::QueryPairs;

/// Lot states, as parameters spell them.
const STATUSES: [&str; 3] = ["RUN", "QUEUE", "HOLD"];
/// Kinds of hold, as parameters spell them.
const HOLD_TYPES: [&str; 2] = ["quality", "non-quality"];

/// Which of the shared filters an endpoint knows; the others are ignored there.
struct KnownFilters {
    package: bool,
    pj_type: bool,
    status: bool,
}

/// Reads the filters that an endpoint knows.
fn lot_filter(pairs: &QueryPairs, known: &KnownFilters) -> Result<LotFilter, ApiError> {
    let one = |wanted: bool, name: &str| -> Result<Vec<String>, ApiError> {
        if wanted { Ok(pairs.text(name)?.into_iter().collect()) } else { Ok(Vec::new()) }
    };
    let choice = |name: &str, allowed: &[&'static str]| -> Result<Option<String>, ApiError> {
        if !known.status {
            return Ok(None);
        }
        Ok(pairs.choice(name, allowed)?.map(str::to_owned))
    };
    Ok(LotFilter {
        workorder: pairs.text("workorder")?,
        lotid: pairs.text("lotid")?,
        packages: one(known.package, "package")?,
        types: one(known.pj_type, "type")?,
        status: choice("status", &STATUSES)?,
        hold_type: choice("hold_type", &HOLD_TYPES)?,
        include_dummy: pairs.flag("include_dummy")?.unwrap_or(false),
        ..LotFilter::default()
    })
}
