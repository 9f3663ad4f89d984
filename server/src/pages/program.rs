//! The pages of the program, and their default layout.

use super::page::{Drawer, Names, Page, PageState};
use crate::auth::role::Role;

/// For pages whose default drawer was removed.
pub(super) const HOMELESS: &str = "more";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramPage {
    /// Its path, which names it.
    pub path: &'static str,
    /// The default drawer.
    pub drawer: &'static str,
    zh_tw: &'static str,
    en: &'static str,
    /// The least role that can do anything with it.
    pub least: Role,
    /// Administrators repair the layout on this page, so that it can't be moved or hidden.
    pub is_fixed: bool,
}

const fn page(
    path: &'static str,
    drawer: &'static str,
    zh_tw: &'static str,
    en: &'static str,
    least: Role,
) -> ProgramPage {
    ProgramPage { path, drawer, zh_tw, en, least, is_fixed: false }
}

/// Pages with a place in the navigation; others are reached through these.
pub const PROGRAM: &[ProgramPage] = &[
    page("/", "production", "首頁", "Home", Role::Viewer),
    page("/wip-overview", "production", "WIP 總覽", "WIP overview", Role::Viewer),
    page("/wip-detail", "production", "WIP 明細", "WIP detail", Role::Viewer),
    page("/hold-overview", "production", "Hold 總覽", "Hold overview", Role::Viewer),
    page("/hold-detail", "production", "Hold 明細", "Hold detail", Role::Viewer),
    page("/hold-history", "production", "Hold 歷史", "Hold history", Role::Viewer),
    page("/changes", "production", "變化", "What changed", Role::Viewer),
    page("/alerts", "production", "警示", "Alerts", Role::Viewer),
    page("/qc-gate", "production", "QC 關卡", "QC gate", Role::Viewer),
    page("/resource", "machines", "設備狀態", "Equipment", Role::Viewer),
    page("/resource-history", "machines", "設備歷史", "Equipment history", Role::Viewer),
    page("/downtime", "machines", "停機分析", "Downtime", Role::Viewer),
    page("/dashboard", "machines", "設備看板", "Equipment dashboard", Role::Viewer),
    page("/job-query", "machines", "維修工單", "Maintenance jobs", Role::Viewer),
    page("/tables", "machines", "資料表", "Tables", Role::Engineer),
    page("/data-quality", "administration", "資料品質", "Data quality", Role::Engineer),
    page("/admin/performance", "administration", "系統運行", "Operation", Role::Admin),
    ProgramPage {
        is_fixed: true,
        ..page("/admin/pages", "administration", "頁面管理", "Pages", Role::Admin)
    },
];

/// Where the program is entered. It is always there: the front end leads a reader whose layout
/// lacks this page to the first one that they may see.
pub const HOME: &str = "/";

/// Pages of one thing, whose id is the only segment below the path, and the page that lists such
/// things: a role that may see that one may see these.
const SUBJECTS: [(&str, &str); 2] = [("/lot", "/wip-overview"), ("/equipment", "/resource")];

/// Every path that a page is at, other than those of one thing.
pub fn page_paths() -> impl Iterator<Item = &'static str> {
    PROGRAM.iter().map(|page| page.path)
}

/// The page that decides who sees what is at a path (percent-encoded, without a slash at its end):
/// itself, or the page that lists things like the one there. `None` where no page is.
pub fn page_at(path: &str) -> Option<&'static str> {
    let lists = |(root, listing): (&str, &'static str)| {
        let id = path.strip_prefix(root)?.strip_prefix('/')?;
        (!id.is_empty() && !id.contains('/')).then_some(listing)
    };
    page_paths().find(|page| *page == path).or_else(|| SUBJECTS.into_iter().find_map(lists))
}

/// Id and names of the drawers, in order.
const DRAWERS: [(&str, &str, &str); 3] = [
    ("production", "生產", "Production"),
    ("machines", "機台", "Machines"),
    ("administration", "管理", "Administration"),
];

/// The drawers without their pages.
pub(super) fn drawers() -> Vec<Drawer> {
    let drawer = |(id, zh_tw, en): (&str, &str, &str)| Drawer {
        id: id.to_owned(),
        name: Names::new(zh_tw, en),
        pages: Vec::new(),
    };
    DRAWERS.map(drawer).into()
}

impl ProgramPage {
    pub(super) fn laid_out(&self) -> Page {
        Page {
            path: self.path.to_owned(),
            name: Names::new(self.zh_tw, self.en),
            state: PageState::Released,
            role: self.least,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_page_has_a_path_and_a_drawer_of_its_own() {
        let paths: BTreeSet<&str> = PROGRAM.iter().map(|page| page.path).collect();
        assert_eq!(paths.len(), PROGRAM.len());
        for page in PROGRAM {
            assert!(DRAWERS.iter().any(|(id, ..)| *id == page.drawer), "{}", page.path);
        }
    }

    #[test]
    fn the_page_of_one_thing_follows_the_page_that_lists_it() {
        for (path, page) in [
            ("/", Some("/")),
            ("/resource", Some("/resource")),
            ("/lot/GA26%2F%E6%89%B9%3F%23%25", Some("/wip-overview")),
            ("/equipment/7", Some("/resource")),
            ("/lot", None),
            ("/lot/", None),
            ("/lot/a/b", None),
            ("/lots/a", None),
            ("/resource/a", None),
        ] {
            assert_eq!(page_at(path), page, "{path}");
        }
        for (root, listing) in SUBJECTS {
            assert!(PROGRAM.iter().any(|page| page.path == listing), "{root}");
        }
    }
}
