//! Which pages there are, in which drawers they lie, and who sees them.
//!
//! The pages of the program are listed in `program`. Administrators set names, places and release
//! of pages in a `layout`: one document with a revision in one row of the application's database
//! (`registry`). A change is a whole new document that `rules` check; it is stored in one
//! transaction with its audit entry, which lists what changed (`difference`).

mod page;
mod program;
mod layout;
mod rules;
mod difference;
mod registry;

pub use layout::Layout;
pub use page::{Drawer, Names, Page, PageState};
pub use program::{HOME, PROGRAM, ProgramPage, page_at, page_paths};
pub use registry::{ChangeError, Edition, PageRegistry};
pub use rules::{MOST_DRAWERS, MOST_NAME_CHARS, Violation};
