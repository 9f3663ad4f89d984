//! A page and its names, and pages that belong together.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::role::Role;

/// A name in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Names {
    /// Traditional Chinese.
    #[serde(rename = "zh-TW")]
    #[schema(example = "設備")]
    pub zh_tw: String,
    /// English.
    #[schema(example = "Equipment")]
    pub en: String,
}

impl Names {
    pub(super) fn new(zh_tw: &str, en: &str) -> Self {
        Self { zh_tw: zh_tw.to_owned(), en: en.to_owned() }
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "\"{} / {}\"", self.zh_tw, self.en)
    }
}

/// Whether a page is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PageState {
    /// For all users of its role.
    Released,
    /// In the making: for administrators only.
    Dev,
}

/// A page as it is laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page {
    /// Its path, which names it.
    #[schema(example = "/resource")]
    pub path: String,
    /// What it is called.
    pub name: Names,
    /// Whether it is released.
    pub state: PageState,
    /// The least role that sees it.
    pub role: Role,
}

impl Page {
    /// Whether somebody of this role sees it.
    pub(super) fn is_for(&self, role: Option<Role>) -> bool {
        role >= Some(self.role) && (self.state == PageState::Released || role == Some(Role::Admin))
    }
}

/// Pages that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drawer {
    /// Stable id.
    #[schema(example = "machines")]
    pub id: String,
    /// What it is called.
    pub name: Names,
    /// Its pages, in order.
    pub pages: Vec<Page>,
}
