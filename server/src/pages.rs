//! Which pages there are, in which drawers they lie, and who sees them.
//!
//! The program knows its pages (`program`). How they are called, where they stand and whether they
//! are released is for administrators to say: a `layout`, which is one document with a revision in
//! one row of the application's database (`registry`). A change is a whole new document under
//! `rules`; it is stored together with its entry in the audit log, which says what is different
//! (`difference`), or not at all.

mod page;
mod program;
mod layout;
mod rules;
mod difference;
mod registry;

pub use layout::Layout;
pub use page::{Drawer, Names, Page, PageState};
pub use program::{PROGRAM, ProgramPage, page_paths};
pub use registry::{ChangeError, Edition, PageRegistry};
pub use rules::{MOST_DRAWERS, MOST_NAME_CHARS, Violation};
