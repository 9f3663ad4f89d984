//! Authentication and roles.
//!
//! A user signs in with the name and password of a local user ([`users`]) or of a directory
//! ([`ldap`]) and gets a session ([`session`]): a record on the server, and a random id in a signed
//! cookie ([`cookie`]). A script sends a token ([`tokens`]) instead. Requests that change something need a token that only pages of this origin
//! can read ([`csrf`]).

pub mod clock;
pub mod role;
pub mod secret_key;
pub mod password;
pub mod users;
pub mod throttle;
pub mod device;
pub mod ldap;
pub mod session;
pub mod tokens;
pub mod cookie;
pub mod csrf;
pub mod sign_in;

use cookie::CookieKind;
use csrf::CsrfMode;
use role::Role;
use secret_key::SecretKey;
use session::Sessions;
use sign_in::SignIn;
use tokens::ApiTokens;

/// The parts that decide about a request's caller.
#[derive(Debug)]
pub struct Auth {
    /// Who is signed in.
    pub sessions: Sessions,
    /// Tokens of scripts.
    pub tokens: ApiTokens,
    /// The way in.
    pub sign_in: SignIn,
    /// Signs cookies and tokens.
    pub key: SecretKey,
    /// How cookies are marked.
    pub cookies: CookieKind,
    /// What a failed CSRF check does.
    pub csrf: CsrfMode,
    /// Whether requests come through proxies that are trusted.
    pub behind_proxy: bool,
    /// What a visitor without a session may do; `None` for nothing.
    pub anonymous: Option<Role>,
}
