//! Drawers with pages in them, and what of it somebody sees.

use serde::{Deserialize, Serialize};

use super::page::{Drawer, Names, Page, PageState};
use super::program::{HOMELESS, ProgramPage, drawers};
use crate::auth::role::Role;

/// All drawers, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub drawers: Vec<Drawer>,
}

impl Layout {
    /// As the program has it.
    pub fn of(program: &[ProgramPage]) -> Self {
        let mut layout = Self { drawers: drawers() }.with_all(program);
        layout.drawers.retain(|drawer| !drawer.pages.is_empty());
        layout
    }

    /// This layout with the pages of the program that it lacks: each in its default drawer, or in
    /// one for the rest if that drawer is missing.
    #[must_use]
    pub fn with_all(mut self, program: &[ProgramPage]) -> Self {
        for page in program {
            if self.page(page.path).is_some() {
                continue;
            }
            let place = |id: &str| self.drawers.iter().position(|drawer| drawer.id == id);
            let at = place(page.drawer).or_else(|| place(HOMELESS)).unwrap_or_else(|| {
                let name = Names::new("其他", "More");
                self.drawers.push(Drawer { id: HOMELESS.to_owned(), name, pages: Vec::new() });
                self.drawers.len() - 1
            });
            self.drawers[at].pages.push(page.laid_out());
        }
        self
    }

    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.drawers.iter().flat_map(|drawer| &drawer.pages)
    }

    /// The page of this path.
    pub fn page(&self, path: &str) -> Option<&Page> {
        self.pages().find(|page| page.path == path)
    }

    /// The drawers with what somebody of this role sees of pages that the program has; none that is
    /// empty then.
    pub fn seen_by(&self, role: Option<Role>, program: &[ProgramPage]) -> Vec<Drawer> {
        let is_seen =
            |page: &&Page| page.is_for(role) && program.iter().any(|known| known.path == page.path);
        let seen = self.drawers.iter().map(|drawer| Drawer {
            pages: drawer.pages.iter().filter(is_seen).cloned().collect(),
            ..drawer.clone()
        });
        seen.filter(|drawer| !drawer.pages.is_empty()).collect()
    }

    /// Whether the path is not found for this role. A page that needs a higher role is no secret:
    /// it leads to the sign-in form.
    pub fn hides(&self, path: &str, role: Option<Role>) -> bool {
        let page = self.page(path);
        page.is_some_and(|page| page.state == PageState::Dev && role != Some(Role::Admin))
    }
}

#[cfg(test)]
mod tests {
    use super::super::program::PROGRAM;
    use super::*;

    fn paths(drawers: &[Drawer]) -> Vec<&str> {
        drawers.iter().flat_map(|drawer| &drawer.pages).map(|page| page.path.as_str()).collect()
    }

    #[test]
    fn everybody_sees_what_is_released_for_them() {
        let mut layout = Layout::of(PROGRAM);
        layout.drawers[0].pages[0].state = PageState::Dev;
        let dev = layout.drawers[0].pages[0].path.clone();
        for (role, sees_dev, sees_admin) in [
            (None, false, false),
            (Some(Role::Viewer), false, false),
            (Some(Role::Engineer), false, false),
            (Some(Role::Admin), true, true),
        ] {
            let seen = layout.seen_by(role, PROGRAM);
            assert_eq!(paths(&seen).contains(&dev.as_str()), sees_dev, "{role:?}");
            assert_eq!(layout.hides(&dev, role), !sees_dev, "{role:?}");
            assert_eq!(paths(&seen).contains(&"/admin/pages"), sees_admin, "{role:?}");
            assert!(!layout.hides("/admin/pages", role), "{role:?}");
            assert!(seen.iter().all(|drawer| !drawer.pages.is_empty()));
        }
        assert!(layout.seen_by(None, PROGRAM).is_empty());
    }

    #[test]
    fn new_pages_of_the_program_find_a_place_and_foreign_ones_stay() {
        let mut layout = Layout::of(PROGRAM);
        let home = layout.drawers.remove(1);
        let foreign = Page { path: "/gone".to_owned(), ..home.pages[0].clone() };
        layout.drawers[0].pages.push(foreign.clone());
        let whole = layout.clone().with_all(PROGRAM);
        let rest = whole.drawers.last().unwrap();
        assert_eq!((rest.id.as_str(), rest.pages.len()), (HOMELESS, home.pages.len()));
        assert!(PROGRAM.iter().all(|page| whole.page(page.path).is_some()));
        assert_eq!(whole.page("/gone"), Some(&foreign));
        assert!(!paths(&whole.seen_by(Some(Role::Admin), PROGRAM)).contains(&"/gone"));
        assert_eq!(whole.clone().with_all(PROGRAM), whole, "nothing is added twice");
        // Its drawer is back: a page that is new goes there.
        layout.drawers.push(Drawer { pages: Vec::new(), ..home.clone() });
        assert_eq!(layout.with_all(PROGRAM).drawers.last().unwrap().pages, home.pages);
    }
}
