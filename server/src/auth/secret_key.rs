//! The key under which cookies and tokens are signed, and what makes one too weak.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Fewest bytes of a key.
const LEAST_BYTES: usize = 32;
/// A random hexadecimal key of 32 digits has about 14 different ones, and fewer than 8 once in
/// some ten million.
const LEAST_DIFFERENT: usize = 8;

/// Found in keys that people copy or make up, and practically never in random ones.
const GIVEAWAYS: [&str; 22] = [
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "change_this",
    "changethis",
    "secret",
    "password",
    "passw0rd",
    "insecure",
    "example",
    "default",
    "replace",
    "development",
    "your-",
    "your_",
    "qwerty",
    "asdfgh",
    "12345678",
    "abcdefgh",
    "letmein",
    "loremipsum",
];

/// Why a key is refused. The key itself is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// Shorter than 32 bytes.
    #[error("it has {0} bytes and needs {LEAST_BYTES}")]
    TooShort(usize),
    /// It contains a text that copied keys contain.
    #[error("it holds \"{0}\", as keys do that are copied or made up")]
    Known(&'static str),
    /// It repeats one part.
    #[error("it repeats itself")]
    Repeats,
    /// It has too few different characters.
    #[error("it has only {0} different characters")]
    FewCharacters(usize),
    /// It follows the alphabet.
    #[error("it is a sequence of neighbouring characters")]
    Sequence,
}

/// Signs and checks. Never shown.
#[derive(Clone)]
pub struct SecretKey(Hmac<Sha256>);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretKey(***)")
    }
}

impl SecretKey {
    /// Takes a key that is not weak.
    ///
    /// # Errors
    /// What makes it weak.
    pub fn new(key: &str) -> Result<Self, WeakKey> {
        weakness(key)?;
        Ok(Self::of(key.as_bytes()))
    }

    /// A random key, for as long as the process lives.
    pub fn random() -> Result<Self, getrandom::Error> {
        Ok(Self::of(&random_bytes()?))
    }

    /// Takes any key; for development only.
    pub fn unchecked(key: &str) -> Self {
        Self::of(key.as_bytes())
    }

    fn of(key: &[u8]) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        Self(Hmac::new_from_slice(key).expect("a key of any length"))
    }

    /// A signature of a message for one purpose; it is invalid for any other purpose.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(purpose, message).finalize().into_bytes())
    }

    /// Whether a signature holds, in a time that does not depend on where it is wrong.
    pub fn holds(&self, purpose: &str, message: &[u8], signature: &str) -> bool {
        // No signature is longer, and decoding is not free.
        signature.len() == SIGNATURE_CHARS
            && URL_SAFE_NO_PAD
                .decode(signature)
                .is_ok_and(|bytes| self.mac(purpose, message).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        // No purpose holds this byte, so that no two pairs look alike.
        mac.update(&[0]);
        mac.update(message);
        mac
    }
}

/// Length of a signature, and of [`random_text`].
pub const SIGNATURE_CHARS: usize = 43;

/// 256 random bits of the operating system.
pub fn random_bytes() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// 256 random bits as base64url.
pub fn random_text() -> Result<String, getrandom::Error> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes()?))
}

/// # Errors
/// What makes a key weak.
pub fn weakness(key: &str) -> Result<(), WeakKey> {
    let bytes = key.as_bytes();
    if bytes.len() < LEAST_BYTES {
        return Err(WeakKey::TooShort(bytes.len()));
    }
    let lower = key.to_ascii_lowercase();
    if let Some(found) = GIVEAWAYS.iter().find(|known| lower.contains(**known)) {
        return Err(WeakKey::Known(found));
    }
    let repeats = |period: usize| bytes.iter().skip(period).zip(bytes).all(|(a, b)| a == b);
    if (1..=bytes.len() / 2).any(repeats) {
        return Err(WeakKey::Repeats);
    }
    let mut different = bytes.to_vec();
    different.sort_unstable();
    different.dedup();
    if different.len() < LEAST_DIFFERENT {
        return Err(WeakKey::FewCharacters(different.len()));
    }
    let neighbours = bytes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    if neighbours * 2 > bytes.len() {
        return Err(WeakKey::Sequence);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_keys_are_refused_for_what_is_weak_about_them() {
        let long = |part: &str| part.repeat(40 / part.len() + 1);
        for (key, expected) in [
            (String::new(), WeakKey::TooShort(0)),
            ("kD8-vQx2Lr9_mT4z".to_owned(), WeakKey::TooShort(16)),
            (long("changeme"), WeakKey::Known("changeme")),
            ("django-insecure-k3#v9@x!q8w7e6r5t4y3u2".to_owned(), WeakKey::Known("insecure")),
            ("this-is-my-Super-SECRET-key-for-the-app".to_owned(), WeakKey::Known("secret")),
            ("your-256-bit-key-goes-right-here-okay".to_owned(), WeakKey::Known("your-")),
            (long("k"), WeakKey::Repeats),
            (long("kD8-vQx2Lr9_mT4"), WeakKey::Repeats),
            ("aabbabbaaababbbabbabaaabbabbabaaababaabb".to_owned(), WeakKey::FewCharacters(2)),
            ("BCDEFGHIJKLMNOPQRSTUVWXYZZYXWVUTSRQPON".to_owned(), WeakKey::Sequence),
        ] {
            assert_eq!(SecretKey::new(&key).unwrap_err(), expected, "{key}");
        }
    }

    #[test]
    fn random_keys_are_taken_in_every_usual_spelling() {
        for _ in 0..2000 {
            let bytes = random_bytes().unwrap();
            assert_eq!(weakness(&random_text().unwrap()), Ok(()));
            let hex: String = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(weakness(&hex), Ok(()), "{hex}");
        }
    }

    #[test]
    fn a_signature_holds_for_its_key_purpose_and_message_only() {
        let key = SecretKey::random().unwrap();
        let signed = key.sign("cookie", b"one");
        assert_eq!(signed.len(), SIGNATURE_CHARS);
        assert!(key.holds("cookie", b"one", &signed));
        assert!(!key.holds("csrf", b"one", &signed));
        assert!(!key.holds("cookie", b"two", &signed));
        assert!(!SecretKey::random().unwrap().holds("cookie", b"one", &signed));
        for wrong in ["", "x", &"A".repeat(43), &format!("{signed}A"), &"ä".repeat(20)] {
            assert!(!key.holds("cookie", b"one", wrong), "{wrong}");
        }
        assert!(!format!("{key:?}").contains("Hmac"));
    }
}
