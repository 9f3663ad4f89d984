//! The filters of lots as parameters.

use compute_core::lot::{HoldType, LotFilter, WipStatus};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::values::Names;

/// Which lots to count.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct LotParameters {
    /// Parts of work order numbers, any case: one of them has to occur. Commas separate them, `*` stands for anything.
    #[param(example = "GA2610")]
    workorder: Option<String>,
    /// Parts of lot ids, as for `workorder`.
    #[param(example = "A01-00")]
    lotid: Option<String>,
    /// Packages, exactly; repeat it for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["SOT-23"]), required = false)]
    package: Names,
    /// Product types, exactly; repeat it for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    r#type: Names,
    /// Also lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
}

impl From<LotParameters> for LotFilter {
    fn from(asked: LotParameters) -> Self {
        Self {
            workorder: asked.workorder,
            lotid: asked.lotid,
            packages: asked.package.whole(),
            types: asked.r#type.whole(),
            include_dummy: asked.include_dummy,
            ..Self::default()
        }
    }
}

/// Lots of which workcenter groups.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct GroupParameters {
    /// Workcenter groups, exactly; repeat it for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    workcenter: Names,
}

impl GroupParameters {
    /// The lots asked for, in those groups.
    pub fn among(self, lots: impl Into<LotFilter>) -> LotFilter {
        LotFilter { workcenters: self.workcenter.whole(), ..lots.into() }
    }
}

/// Lots of which state.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct StateParameters {
    /// Only lots in this state; counts by state still have all of them.
    #[param(inline)]
    status: Option<WipStatus>,
    /// Only this kind of hold; counts with `status=HOLD`.
    #[param(inline)]
    hold_type: Option<HoldType>,
}

impl StateParameters {
    /// The lots asked for, in that state.
    pub fn among(self, lots: LotParameters) -> LotFilter {
        LotFilter { status: self.status, hold_type: self.hold_type, ..lots.into() }
    }
}
