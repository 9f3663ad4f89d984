//! What a change of the layout did, in words for the audit log.

use super::layout::Layout;
use super::page::{Drawer, Page, PageState};

/// The changes, one a sentence; none when both are the same.
pub(super) fn describe(before: &Layout, after: &Layout) -> Vec<String> {
    let mut said = Vec::new();
    for drawer in &after.drawers {
        match named(before, &drawer.id) {
            None => said.push(format!("drawer {} added", drawer.name)),
            Some(old) if old.name != drawer.name => {
                said.push(format!("drawer {} renamed {}", old.name, drawer.name));
            }
            Some(_) => {}
        }
    }
    for drawer in &before.drawers {
        if named(after, &drawer.id).is_none() {
            said.push(format!("drawer {} removed", drawer.name));
        }
    }
    if let Some(order) = reordered(&ids(before), &ids(after)) {
        said.push(format!("drawers in the order {}", order.join(", ")));
    }
    for drawer in &after.drawers {
        for page in &drawer.pages {
            describe_page(before, drawer, page, &mut said);
        }
        let old = named(before, &drawer.id).map(paths).unwrap_or_default();
        if let Some(order) = reordered(&old, &paths(drawer)) {
            said.push(format!("drawer {} in the order {}", drawer.name, order.join(", ")));
        }
    }
    said
}

fn describe_page(before: &Layout, drawer: &Drawer, page: &Page, said: &mut Vec<String>) {
    let path = &page.path;
    let holds = |drawer: &&Drawer| drawer.pages.iter().any(|old| old.path == *path);
    let Some(from) = before.drawers.iter().find(holds) else {
        said.push(format!("page {path} added to {}", drawer.name));
        return;
    };
    if from.id != drawer.id {
        said.push(format!("page {path} moved from {} to {}", from.name, drawer.name));
    }
    let Some(old) = before.page(path) else { return };
    if old.name != page.name {
        said.push(format!("page {path} renamed {} from {}", page.name, old.name));
    }
    if old.state != page.state {
        let state = match page.state {
            PageState::Released => "released",
            PageState::Dev => "in development",
        };
        said.push(format!("page {path} is {state}"));
    }
    if old.role != page.role {
        said.push(format!("page {path} needs {} instead of {}", page.role, old.role));
    }
}

fn named<'a>(layout: &'a Layout, id: &str) -> Option<&'a Drawer> {
    layout.drawers.iter().find(|drawer| drawer.id == id)
}

fn ids(layout: &Layout) -> Vec<&str> {
    layout.drawers.iter().map(|drawer| drawer.id.as_str()).collect()
}

fn paths(drawer: &Drawer) -> Vec<&str> {
    drawer.pages.iter().map(|page| page.path.as_str()).collect()
}

/// The new order, if the entries of both are ordered differently.
fn reordered<'a>(before: &[&str], after: &[&'a str]) -> Option<Vec<&'a str>> {
    let stayed = after.iter().filter(|item| before.contains(item));
    let were = before.iter().filter(|item| after.contains(item));
    (!stayed.eq(were)).then(|| after.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::page::Names;
    use super::super::program::PROGRAM;
    use super::*;

    #[test]
    fn every_kind_of_change_is_told_once() {
        let before = Layout::of(PROGRAM);
        assert!(describe(&before, &before).is_empty());
        let mut after = before.clone();
        after.drawers[0].name.en = "Lots".to_owned();
        after.drawers[1].pages.reverse();
        after.drawers[1].pages[0].state = PageState::Dev;
        let moved = after.drawers[0].pages.remove(1);
        after.drawers[1].pages.push(moved);
        let moved = after.drawers[1].pages.last_mut().unwrap();
        moved.name.en = "Lots in work".to_owned();
        moved.role = crate::auth::role::Role::Engineer;
        after.drawers.swap(0, 1);
        let name = Names::new("新", "New");
        after.drawers.push(Drawer { id: "new".to_owned(), name, pages: Vec::new() });
        assert_eq!(
            describe(&before, &after),
            [
                "drawer \"生產 / Production\" renamed \"生產 / Lots\"",
                "drawer \"新 / New\" added",
                "drawers in the order machines, production, administration, new",
                "page /tables is in development",
                "page /wip-overview moved from \"生產 / Production\" to \"機台 / Machines\"",
                "page /wip-overview renamed \"WIP 總覽 / Lots in work\" from \"WIP 總覽 / WIP overview\"",
                "page /wip-overview needs engineer instead of viewer",
                "drawer \"機台 / Machines\" in the order /tables, /job-query, /dashboard, /downtime, /resource-history, /resource, /wip-overview",
            ]
        );
        after.drawers.remove(1);
        let said = describe(&before, &after);
        assert!(said.contains(&"drawer \"生產 / Production\" removed".to_owned()), "{said:?}");
    }
}
