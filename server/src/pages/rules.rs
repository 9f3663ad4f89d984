//! What a layout must keep to before it takes the place of another.

use std::collections::HashSet;

use super::layout::Layout;
use super::page::{Names, Page, PageState};
use super::program::ProgramPage;

/// Drawers at most.
pub const MOST_DRAWERS: usize = 20;
/// Longest name, in characters.
pub const MOST_NAME_CHARS: usize = 40;
/// Longest id of a drawer.
const MOST_ID_CHARS: usize = 40;

/// A broken rule and what is allowed, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Traditional Chinese.
    pub zh_tw: String,
    /// English.
    pub en: String,
}

fn violation(zh_tw: String, en: String) -> Violation {
    Violation { zh_tw, en }
}

/// The start of a text of the caller's, for repeating it.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MOST_NAME_CHARS).collect()
}

/// The layout with its names stripped, if it may take the place of `current`.
///
/// # Errors
/// The first rule that it breaks, and where.
pub(super) fn check(
    mut proposed: Layout,
    current: &Layout,
    program: &[ProgramPage],
) -> Result<Layout, Violation> {
    let count = proposed.drawers.len();
    if !(1..=MOST_DRAWERS).contains(&count) {
        return Err(violation(
            format!("drawers 有 {count} 個抽屜；可用 1 至 {MOST_DRAWERS} 個"),
            format!("drawers has {count} drawers; allowed: 1 to {MOST_DRAWERS}"),
        ));
    }
    let (mut ids, mut paths) = (HashSet::new(), HashSet::new());
    for (place, drawer) in proposed.drawers.iter_mut().enumerate() {
        let here = format!("drawers[{place}]");
        check_id(&here, &drawer.id)?;
        if !ids.insert(drawer.id.clone()) {
            return Err(twice(&here, &drawer.id));
        }
        check_names(&here, &mut drawer.name)?;
        for (place, page) in drawer.pages.iter_mut().enumerate() {
            let here = format!("{here}.pages[{place}]");
            if current.page(&page.path).is_none() {
                let path = shown(&page.path);
                return Err(violation(
                    format!("{here}.path「{path}」不是已知的頁面"),
                    format!("{here}.path \"{path}\" is no known page"),
                ));
            }
            if !paths.insert(page.path.clone()) {
                return Err(twice(&here, &page.path));
            }
            check_names(&here, &mut page.name)?;
            if let Some(known) = program.iter().find(|known| known.path == page.path) {
                check_page(&here, page, known)?;
            }
        }
    }
    if let Some(lost) = current.pages().find(|page| !paths.contains(&page.path)) {
        let path = &lost.path;
        return Err(violation(
            format!("缺少頁面 {path}；移除抽屜前請先將其頁面移到其他抽屜"),
            format!(
                "The page {path} is missing; move the pages of a drawer elsewhere before removing it"
            ),
        ));
    }
    Ok(proposed)
}

fn check_id(here: &str, id: &str) -> Result<(), Violation> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if (1..=MOST_ID_CHARS).contains(&id.len()) && id.bytes().all(plain) {
        return Ok(());
    }
    let id = shown(id);
    Err(violation(
        format!("{here}.id「{id}」無效；可用 1 至 {MOST_ID_CHARS} 個小寫英文字母、數字或 -"),
        format!(
            "{here}.id \"{id}\" is invalid; allowed: 1 to {MOST_ID_CHARS} lower-case letters, digits and -"
        ),
    ))
}

fn check_names(here: &str, names: &mut Names) -> Result<(), Violation> {
    for (language, name) in [("zh-TW", &mut names.zh_tw), ("en", &mut names.en)] {
        let stripped = name.trim();
        let chars = stripped.chars().count();
        if !(1..=MOST_NAME_CHARS).contains(&chars) {
            return Err(violation(
                format!("{here}.name.{language} 有 {chars} 字；可用 1 至 {MOST_NAME_CHARS} 字"),
                format!(
                    "{here}.name.{language} has {chars} characters; allowed: 1 to {MOST_NAME_CHARS}"
                ),
            ));
        }
        if stripped.chars().any(char::is_control) {
            return Err(violation(
                format!("{here}.name.{language} 不可含有控制字元"),
                format!("{here}.name.{language} must not hold control characters"),
            ));
        }
        *name = stripped.to_owned();
    }
    Ok(())
}

/// Nobody gains from seeing a page that they can't use, and the page that mends layouts stays.
fn check_page(here: &str, page: &Page, known: &ProgramPage) -> Result<(), Violation> {
    let (path, least) = (known.path, known.least);
    if page.role < least {
        return Err(violation(
            format!("{here}.role 為 {}；頁面 {path} 至少需要 {least}", page.role),
            format!("{here}.role is {}; the page {path} needs at least {least}", page.role),
        ));
    }
    if known.is_fixed && (page.state != PageState::Released || page.role != least) {
        return Err(violation(
            format!("{here}：頁面 {path} 的狀態與角色不可更改，否則無法再管理頁面"),
            format!(
                "{here}: state and role of the page {path} can't be changed, or pages could not be managed any more"
            ),
        ));
    }
    Ok(())
}

fn twice(here: &str, id: &str) -> Violation {
    violation(format!("{here}：「{id}」出現兩次"), format!("{here}: \"{id}\" is there twice"))
}

#[cfg(test)]
mod tests {
    use super::super::program::PROGRAM;
    use super::*;
    use crate::auth::role::Role;
    use crate::pages::{Drawer, Page};

    fn default() -> Layout {
        Layout::of(PROGRAM)
    }

    fn refused(change: impl FnOnce(&mut Layout)) -> String {
        let mut layout = default();
        change(&mut layout);
        let violation = check(layout, &default(), PROGRAM).unwrap_err();
        assert!(!violation.zh_tw.is_empty());
        violation.en
    }

    #[test]
    fn names_are_stripped_and_everything_else_is_taken_as_it_is() {
        let mut layout = default();
        layout.drawers.reverse();
        layout.drawers[0].name = Names::new(" 系統 ", "<b>\u{2028}&");
        let moved = layout.drawers[1].pages.pop().unwrap();
        layout.drawers[0].pages.insert(0, moved);
        layout.drawers.push(Drawer {
            id: "new".to_owned(),
            pages: Vec::new(),
            ..layout.drawers[0].clone()
        });
        let taken = check(layout.clone(), &default(), PROGRAM).unwrap();
        layout.drawers[0].name.zh_tw = "系統".to_owned();
        layout.drawers[3].name.zh_tw = "系統".to_owned();
        assert_eq!(taken, layout);
    }

    fn page<'a>(layout: &'a mut Layout, path: &str) -> &'a mut Page {
        let mut pages = layout.drawers.iter_mut().flat_map(|drawer| &mut drawer.pages);
        pages.find(|page| page.path == path).unwrap()
    }

    type Breach = (&'static str, Box<dyn FnOnce(&mut Layout)>);

    #[test]
    fn each_broken_rule_is_told_with_its_place() {
        let long = "名".repeat(MOST_NAME_CHARS + 1);
        let cases: Vec<Breach> = vec![
            ("drawers has 0", Box::new(|layout| layout.drawers.clear())),
            (
                "drawers has 21",
                Box::new(|layout| {
                    let one = layout.drawers[0].clone();
                    layout.drawers = vec![one; MOST_DRAWERS + 1];
                }),
            ),
            ("drawers[1].id", Box::new(|layout| layout.drawers[1].id = "A b".to_owned())),
            ("drawers[1].id", Box::new(|layout| layout.drawers[1].id.clear())),
            (
                "drawers[1]: \"production\" is there twice",
                Box::new(|layout| {
                    layout.drawers[1].id = layout.drawers[0].id.clone();
                }),
            ),
            (
                "drawers[0].name.en has 0",
                Box::new(|layout| layout.drawers[0].name.en = " \n".to_owned()),
            ),
            (
                "drawers[0].name.zh-TW has 41",
                Box::new(move |layout| layout.drawers[0].name.zh_tw = long),
            ),
            (
                "control characters",
                Box::new(|layout| layout.drawers[0].name.en = "a\u{7}b".to_owned()),
            ),
            (
                "drawers[1].pages[0].name.en has 0",
                Box::new(|layout| {
                    layout.drawers[1].pages[0].name.en.clear();
                }),
            ),
            (
                "is no known page",
                Box::new(|layout| {
                    layout.drawers[0].pages[0].path = "/nowhere".to_owned();
                }),
            ),
            (
                "\"/\" is there twice",
                Box::new(|layout| {
                    let page = layout.drawers[0].pages[0].clone();
                    layout.drawers[1].pages.push(page);
                }),
            ),
            ("The page / is missing", Box::new(|layout| drop(layout.drawers.remove(0)))),
            (
                "/admin/performance needs at least admin",
                Box::new(|layout| {
                    page(layout, "/admin/performance").role = Role::Engineer;
                }),
            ),
            (
                "/admin/pages can't be changed",
                Box::new(|layout| {
                    page(layout, "/admin/pages").state = PageState::Dev;
                }),
            ),
        ];
        for (expected, change) in cases {
            let said = refused(change);
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}
