//! A restart request: the flag file at `WATCHDOG_RESTART_FLAG`.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decision::{Ask, RestartSource};
use crate::runtime_files::{self, Readers, RuntimeFileError};

/// The flag's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestartRequest {
    /// Names it in the history.
    pub id: String,
    /// The requester.
    pub user: String,
    /// From which address; null for the watchdog itself.
    pub ip: Option<String>,
    /// When: ISO 8601, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Timestamp,
    /// `auto` or `manual`.
    pub source: RestartSource,
    /// Whether the policy is to be overridden.
    pub manual_override: bool,
    /// Whether that was confirmed.
    pub override_acknowledged: bool,
    /// Why, in the administrator's words.
    pub override_reason: Option<String>,
    /// The policy's state at the request: `allowed`, `cooldown` or `blocked`.
    pub policy_state: String,
    /// What was decided then; the watchdog decides again.
    pub decision: String,
    /// Runtime contract of the requesting program.
    pub contract_version: String,
}

impl RestartRequest {
    /// What the policy is asked.
    pub fn ask(&self) -> Ask<'_> {
        Ask {
            source: self.source,
            manual_override: self.manual_override,
            override_acknowledged: self.override_acknowledged,
            override_reason: self.override_reason.as_deref(),
        }
    }

    /// Raises the flag; `false` when one is up already.
    ///
    /// # Errors
    /// The folder isn't there or can't be written to.
    pub fn raise(&self, flag: &Path) -> Result<bool, RuntimeFileError> {
        runtime_files::create_json(flag, self, Readers::Group)
    }

    /// The flag that is up.
    ///
    /// # Errors
    /// It can't be read or makes no sense.
    pub fn read(flag: &Path) -> Result<Option<Self>, RuntimeFileError> {
        runtime_files::read_json(flag)
    }
}
