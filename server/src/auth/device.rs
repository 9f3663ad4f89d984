//! Device cookies: which browser has signed in with a name before.
//!
//! Such a browser has its own attempts for that name, so that guesses from elsewhere can't lock its
//! owner out. The cookie grants no access. It holds a random id and, for each name, a signature
//! over both: a terminal in a plant is used by several people.

use super::secret_key::{SIGNATURE_CHARS, SecretKey, random_text};

/// What the signatures are for.
const PURPOSE: &str = "device cookie";
/// Names that a device is remembered for; of more, those that signed in last.
const MOST_NAMES: usize = 8;
/// How long a browser keeps the cookie, s.
pub const KEPT_SECS: u64 = 400 * 24 * 3600;

fn signed(id: &str, name: &str) -> Vec<u8> {
    // An id holds no such byte, so that no two pairs look alike.
    [id.as_bytes(), &[0], name.as_bytes()].concat()
}

/// Id and signatures, if the cookie has their form.
fn parts(cookie: &str) -> Option<(&str, Vec<&str>)> {
    if cookie.len() > (MOST_NAMES + 1) * (SIGNATURE_CHARS + 1) {
        return None;
    }
    let (id, signatures) = cookie.split_once('.')?;
    let is_id = id.len() == SIGNATURE_CHARS && id.bytes().all(|b| b.is_ascii_graphic());
    is_id.then(|| (id, signatures.split('.').collect()))
}

/// The id of a device that has signed in with this name before.
pub fn known<'a>(key: &SecretKey, cookie: &'a str, name: &str) -> Option<&'a str> {
    let (id, signatures) = parts(cookie)?;
    let message = signed(id, name);
    let holds = signatures.iter().any(|signature| key.holds(PURPOSE, &message, signature));
    holds.then_some(id)
}

/// The cookie after a sign-in with this name. The signatures of `before` are kept without a check,
/// because their names are unknown here: a forged signature stays invalid.
pub fn after_sign_in(
    key: &SecretKey,
    before: Option<&str>,
    name: &str,
) -> Result<String, getrandom::Error> {
    let (id, old) = match before.and_then(parts) {
        Some((id, signatures)) => (id.to_owned(), signatures),
        None => (random_text()?, Vec::new()),
    };
    let own = key.sign(PURPOSE, &signed(&id, name));
    let others = old.into_iter().filter(|old| old.len() == SIGNATURE_CHARS && *old != own);
    let kept: Vec<&str> = std::iter::once(own.as_str()).chain(others).take(MOST_NAMES).collect();
    Ok(format!("{id}.{}", kept.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_for_the_names_that_signed_in_there_last() {
        let key = SecretKey::random().unwrap();
        let first = after_sign_in(&key, None, "chen").unwrap();
        let id = known(&key, &first, "chen").unwrap().to_owned();
        assert_eq!(known(&key, &first, "lin"), None);
        assert_eq!(after_sign_in(&key, Some(&first), "chen").unwrap(), first);
        let mut cookie = after_sign_in(&key, Some(&first), "lin").unwrap();
        for name in ["chen", "lin"] {
            assert_eq!(known(&key, &cookie, name), Some(id.as_str()), "{name}");
        }
        for n in 0..MOST_NAMES - 1 {
            cookie = after_sign_in(&key, Some(&cookie), &format!("user{n}")).unwrap();
        }
        assert_eq!(known(&key, &cookie, "chen"), None, "too long ago");
        assert_eq!(known(&key, &cookie, "lin"), Some(id.as_str()));
    }

    #[test]
    fn what_was_made_up_or_moved_is_no_device() {
        let key = SecretKey::random().unwrap();
        let cookie = after_sign_in(&key, None, "chen").unwrap();
        let (id, signature) = cookie.split_once('.').unwrap();
        let other = random_text().unwrap();
        let foreign = after_sign_in(&SecretKey::random().unwrap(), None, "chen").unwrap();
        for forged in [
            String::new(),
            ".".to_owned(),
            id.to_owned(),
            format!("{id}."),
            format!("{other}.{signature}"),
            format!("{id}.{other}"),
            format!("{id}.{}", "x".repeat(100_000)),
            foreign,
        ] {
            assert_eq!(known(&key, &forged, "chen"), None, "{forged:.100}");
            let next = after_sign_in(&key, Some(&forged), "chen").unwrap();
            assert!(known(&key, &next, "chen").is_some());
            assert!(next.len() <= (MOST_NAMES + 1) * (SIGNATURE_CHARS + 1));
        }
    }
}
