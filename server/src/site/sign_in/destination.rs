//! Where a visitor may be sent after signing in: to a path of this server, never elsewhere. Pure.

use percent_encoding::percent_decode_str;
use url::Url;

/// Longest path and query.
const MOST_BYTES: usize = 2048;
/// Where everything else leads.
const HOME: &str = "/";

/// `next` if it is a path of this origin for every browser, else `/`.
pub(super) fn same_origin(next: Option<&str>) -> &str {
    next.filter(|next| is_same_origin(next)).unwrap_or(HOME)
}

fn is_same_origin(next: &str) -> bool {
    // Decoded twice: some proxy may decode once before the browser's next request does.
    let Ok(once) = percent_decode_str(next).decode_utf8() else { return false };
    let Ok(twice) = percent_decode_str(&once).decode_utf8() else { return false };
    next.len() <= MOST_BYTES
        && next.bytes().all(|byte| byte.is_ascii_graphic())
        && [next, &once, &twice].into_iter().all(is_plain_path)
        && stays(next)
}

/// Begins with one slash, and holds nothing that some parser takes for another one or drops.
fn is_plain_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.chars().any(char::is_control)
}

/// Uses the URL parser that browsers are specified by.
fn stays(next: &str) -> bool {
    let Ok(base) = Url::parse("https://here.invalid/admin/login") else { return false };
    base.join(next).is_ok_and(|url| {
        let leads_in_a_circle = matches!(url.path(), "/admin/login" | "/admin/logout");
        url.origin() == base.origin() && !url.path().starts_with("//") && !leads_in_a_circle
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_of_this_server_are_kept() {
        for path in ["/", "/wip-overview", "/tables?table=DW_MES_JOB&limit=5", "/x#y", "/%E7%84%8A"]
        {
            assert_eq!(same_origin(Some(path)), path);
        }
        assert_eq!(same_origin(None), "/");
    }

    #[test]
    fn everything_else_leads_home() {
        for hostile in [
            "",
            "wip-overview",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\\/evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            " //evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\u{0}//evil.example",
            "/%2fevil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%252fevil.example",
            "%2f%2fevil.example",
            "/%09/evil.example",
            "/%0d%0aSet-Cookie:%20mes_session=x",
            "/.//evil.example",
            "/x/..//evil.example",
            "/..//evil.example",
            "/%2e//evil.example",
            "/\u{2044}evil.example",
            "/／evil.example",
            "/%ff",
            "/admin/login",
            "/admin/login?next=/admin/login",
            "/admin/logout",
        ] {
            assert_eq!(same_origin(Some(hostile)), "/", "{hostile:?}");
        }
        assert_eq!(same_origin(Some(&format!("/{}", "a".repeat(MOST_BYTES)))), "/");
    }

    proptest! {
        #[test]
        fn whatever_is_kept_stays_here(next in "[/\\\\.%:@a-f0-9 \t\u{e9}]{0,24}") {
            let base = Url::parse("https://here.invalid/admin/login").unwrap();
            let kept = same_origin(Some(&next));
            let url = base.join(kept).unwrap();
            prop_assert_eq!(url.host_str(), Some("here.invalid"));
            prop_assert!(kept.starts_with('/') && !kept.starts_with("//"));
        }
    }
}
