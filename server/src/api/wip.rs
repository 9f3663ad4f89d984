//! `/api/wip/*`: lots. Every handler asks the lot table one question.

pub mod detail;
pub mod hold_detail;
pub mod lot;
pub mod meta;
pub mod overview;
pub mod qc_gate;

use utoipa::ToSchema;

use super::error::ApiError;
use super::parameters::QueryPairs;

/// State of a lot, as the `status` parameter spells it (any case is taken).
#[derive(Debug, ToSchema)]
#[schema(as = LotStatusParameter, rename_all = "UPPERCASE")]
pub enum LotStatus {
    /// On at least one machine.
    Run,
    /// Waiting.
    Queue,
    /// On hold and on no machine.
    Hold,
}

/// Kind of hold, as the `hold_type` parameter spells it (any case is taken).
#[derive(Debug, ToSchema)]
#[schema(as = HoldTypeParameter, rename_all = "kebab-case")]
pub enum HoldType {
    /// For a reason of quality.
    Quality,
    /// For one of the site's listed other reasons.
    NonQuality,
}

fn status(pairs: &QueryPairs) -> Result<Option<&'static str>, ApiError> {
    pairs.choice("status", &["RUN", "QUEUE", "HOLD"])
}

fn hold_type(pairs: &QueryPairs) -> Result<Option<&'static str>, ApiError> {
    pairs.choice("hold_type", &["quality", "non-quality"])
}

fn include_dummy(pairs: &QueryPairs) -> Result<bool, ApiError> {
    Ok(pairs.flag("include_dummy")?.unwrap_or(false))
}
