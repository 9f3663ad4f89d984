//! `/api/wip/*`: lots. Every handler asks the lot table one question.

pub mod detail;
pub mod hold_detail;
pub mod lot;
pub mod meta;
pub mod overview;
pub mod qc_gate;

use compute_core::lot::{HoldType, WipStatus};

use crate::http::error::ApiError;
use crate::http::parameters::QueryPairs;

fn status(pairs: &QueryPairs) -> Result<Option<WipStatus>, ApiError> {
    let spellings =
        [("RUN", WipStatus::Run), ("QUEUE", WipStatus::Queue), ("HOLD", WipStatus::Hold)];
    pairs.choice("status", &spellings)
}

fn hold_type(pairs: &QueryPairs) -> Result<Option<HoldType>, ApiError> {
    let spellings = [("quality", HoldType::Quality), ("non-quality", HoldType::NonQuality)];
    pairs.choice("hold_type", &spellings)
}

fn include_dummy(pairs: &QueryPairs) -> Result<bool, ApiError> {
    Ok(pairs.flag("include_dummy")?.unwrap_or(false))
}
