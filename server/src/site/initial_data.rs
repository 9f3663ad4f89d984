//! What a page needs for its first paint, inside of its HTML as JSON.
//!
//! The policy allows no inline script, so that it is a block of data that the front end reads. Names
//! in it are written by people: [`escaped`] leaves nothing that could end the block or begin another.

use serde::Serialize;

use super::pages::Navigation;
use super::session::SignedInUser;
use crate::app_state::AppState;
use crate::auth::role::Role;
use crate::http::caller::{Caller, Who};
use crate::http::envelope::{json_bytes, written};
use crate::http::error::ApiError;
use crate::http::language::Language;
use crate::http::mount::BasePath;
use crate::pages::Edition;

/// Where the built page has room for it.
pub(super) const SLOT: &str = r#"<script type="application/json" id="initial-data">{}</script>"#;

/// The user of the page. Tokens are requested separately: a page may be cached, they must not be.
#[derive(Serialize)]
struct Summary {
    user: Option<SignedInUser>,
    role: Option<Role>,
    expires_at: Option<String>,
}

/// Everything.
#[derive(Serialize)]
pub(super) struct InitialData {
    version: &'static str,
    language: &'static str,
    /// Path of the host below which everything is: empty, or as in `/mes`.
    base_path: BasePath,
    /// Null while it is unknown.
    session: Option<Summary>,
    pages: Navigation,
}

impl InitialData {
    /// For this caller.
    pub fn of(app: &AppState, caller: &Caller, edition: &Edition, language: Language) -> Self {
        let limits = app.auth.sessions.limits();
        let session = caller.session();
        let summary = Summary {
            user: session.map(|session| SignedInUser::of(session)),
            role: caller.role(),
            expires_at: session.map(|session| written(limits.end_of(session))),
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            language: language.tag(),
            base_path: app.exposure.base_path.clone(),
            session: (!matches!(caller.who, Who::Unknown)).then_some(summary),
            pages: Navigation::of(&app.pages, edition, caller.role()),
        }
    }

    /// `html` with this in its place, where it has one, and its files addressed from the base path.
    ///
    /// # Errors
    /// It can't be written as JSON.
    pub fn inside(&self, html: &str) -> Result<String, ApiError> {
        let html = self.base_path.inside(html);
        let Some((before, after)) = html.split_once(SLOT) else { return Ok(html) };
        let json = String::from_utf8_lossy(&json_bytes(self)?).into_owned();
        let (opening, closing) = SLOT.split_once("{}").unwrap_or((SLOT, ""));
        Ok([before, opening, &escaped(&json), closing, after].concat())
    }
}

/// JSON that means the same and can stand in a `<script>` of HTML, and in JavaScript.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            // All of them occur within texts only, where an escape stands for them.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn hostile() -> impl Strategy<Value = String> {
        let parts = prop::sample::select(vec![
            "</script>",
            "<!--",
            "<script",
            "]]>",
            "&lt;",
            "&amp;#60;",
            "\u{2028}",
            "\u{2029}",
            "\\u003c",
            "\\",
            "\"",
            "{}",
            "名",
            "\u{0}",
            "𝕏",
        ]);
        let any = prop_oneof![3 => parts.prop_map(str::to_owned), 1 => any::<String>()];
        prop::collection::vec(any, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn escaped_json_means_the_same_and_ends_nothing(key in hostile(), texts in prop::collection::vec(hostile(), 0..5)) {
            let value = serde_json::json!({ key: texts, "n": [1, null, true] });
            let safe = escaped(&value.to_string());
            prop_assert!(!safe.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{safe}");
            prop_assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), value);
        }
    }
}
