//! | variable | meaning | default |
//! |---|---|---|
//! | `SECRET_KEY` | signs cookies and tokens; `mes-dashboard secret` prints a fresh one | required in production |
//! | `ANONYMOUS_ROLE` | what a visitor who is not signed in may do: `viewer` or `none` | `viewer` |
//! | `SESSION_IDLE_TIMEOUT` | s without a request after which a session is over, 10 to 604800 | 28800 |
//! | `SESSION_ABSOLUTE_TIMEOUT` | s after which a session is over in any case, 10 to 2592000 | 86400 |
//! | `METRICS_ALLOWED_ADDRESSES` | addresses and networks that may read `/metrics` and all of `/health` where `ANONYMOUS_ROLE` is `none` | none |
//! | `CORS_ALLOWED_ORIGINS` | origins whose pages may read the API with a token or as visitors, with commas between them: `https://portal.plant.example` | none |
//! | `FRAME_ANCESTORS` | origins whose pages may show the dashboard in a frame | none |
//! | `CSRF_ENFORCE` | `true` refuses changes without a CSRF token, `report` only logs them | `true` |
//!
//! In production cookies are only kept by browsers that reach the server over HTTPS.

use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use url::Url;

use super::ranges::whole;
use crate::auth::cookie::CookieKind;
use crate::auth::csrf::CsrfMode;
use crate::auth::role::Role;
use crate::auth::secret_key::{SecretKey, WeakKey};
use crate::auth::session::SessionLimits;
use crate::config::AppEnv;
use crate::secret::Secret;

/// What a visitor without a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnonymousRole {
    /// See the dashboards.
    Viewer,
    /// Nothing but sign in.
    None,
}

/// What a failed CSRF check does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CsrfEnforce {
    /// Refuses.
    True,
    /// Logs.
    Report,
}

/// Networks, as they are given: addresses count as networks of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(pub Vec<IpNet>);

fn networks(text: &str) -> Result<Networks, String> {
    let given = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    let network = |one: &str| match one.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address.to_canonical())),
        Err(_) => one.parse::<IpNet>().map_err(|_| {
            format!(
                "METRICS_ALLOWED_ADDRESSES takes addresses and networks such as 10.0.0.5 or \
                 10.0.0.0/24, got {one:?}"
            )
        }),
    };
    given.map(network).collect::<Result<_, _>>().map(Networks)
}

/// Origins, as they are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(pub Vec<String>);

/// Scheme, host and port, written as browsers do.
fn origins(text: &str) -> Result<Origins, String> {
    let given = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    let origin = |one: &str| match Url::parse(one) {
        Ok(url) if one.trim_end_matches('/') == url.origin().ascii_serialization() => {
            Ok(url.origin().ascii_serialization())
        }
        _ => Err(format!("give origins such as https://portal.plant.example, got {one:?}")),
    };
    given.map(origin).collect::<Result<_, _>>().map(Origins)
}

/// Authentication.
#[derive(Args, Clone, Debug)]
pub struct SecuritySettings {
    /// Signs cookies and tokens, 32 bytes or more; `mes-dashboard secret` prints a fresh one
    #[arg(long, env = "SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<Secret>,
    /// What a visitor who is not signed in may do
    #[arg(long, env = "ANONYMOUS_ROLE", value_enum, default_value = "viewer")]
    pub anonymous_role: AnonymousRole,
    /// Seconds without a request after which a session is over, 10 to 604800
    #[arg(long, env = "SESSION_IDLE_TIMEOUT", default_value = "28800", value_parser = whole("SESSION_IDLE_TIMEOUT", 10..=604_800_u64))]
    pub session_idle_timeout: u64,
    /// Seconds after which a session is over in any case, 10 to 2592000
    #[arg(long, env = "SESSION_ABSOLUTE_TIMEOUT", default_value = "86400", value_parser = whole("SESSION_ABSOLUTE_TIMEOUT", 10..=2_592_000_u64))]
    pub session_absolute_timeout: u64,
    /// Addresses and networks that may read /metrics and all of /health without a role, with commas between them
    #[arg(long, env = "METRICS_ALLOWED_ADDRESSES", default_value = "", value_parser = networks)]
    pub metrics_allowed_addresses: Networks,
    /// Origins whose pages may read the API with a token or as visitors, with commas between them
    #[arg(long, env = "CORS_ALLOWED_ORIGINS", default_value = "", value_parser = origins)]
    pub cors_allowed_origins: Origins,
    /// Origins whose pages may show the dashboard in a frame, with commas between them
    #[arg(long, env = "FRAME_ANCESTORS", default_value = "", value_parser = origins)]
    pub frame_ancestors: Origins,
    /// Whether changes without a CSRF token are refused, or only logged
    #[arg(long, env = "CSRF_ENFORCE", value_enum, default_value = "true")]
    pub csrf_enforce: CsrfEnforce,
}

/// `SECRET_KEY` can't be used. The key is not repeated.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// It is not set, in production.
    #[error(
        "SECRET_KEY is not set. Make one with `mes-dashboard secret`, put it where the service \
         reads its settings (SECRET_KEY=… in .env or in the unit's environment file, readable by \
         the service only), and keep it: another one signs everybody out. APP_ENV=development does \
         without."
    )]
    Missing,
    /// It is weak.
    #[error("SECRET_KEY is too weak: {0}. Replace it with what `mes-dashboard secret` prints.")]
    Weak(#[from] WeakKey),
    /// The system has no randomness.
    #[error("no random SECRET_KEY can be made: {0}")]
    Random(#[from] getrandom::Error),
}

impl SecuritySettings {
    /// Whether no key is set, in which case one is made for the time of the run.
    pub fn is_without_key(&self) -> bool {
        self.secret_key.as_ref().is_none_or(|key| key.expose().is_empty())
    }

    /// The key. Outside production a missing one is made for the time of the run.
    ///
    /// # Errors
    /// It is weak, or missing in production.
    pub fn key(&self, env: AppEnv) -> Result<SecretKey, SecretKeyError> {
        let given = self.secret_key.as_ref().filter(|_| !self.is_without_key());
        match given {
            Some(key) if env == AppEnv::Production => Ok(SecretKey::new(key.expose())?),
            Some(key) => match SecretKey::new(key.expose()) {
                Ok(key) => Ok(key),
                Err(weakness) => {
                    tracing::warn!("SECRET_KEY would be refused in production: {weakness}");
                    Ok(SecretKey::unchecked(key.expose()))
                }
            },
            None if env == AppEnv::Production => Err(SecretKeyError::Missing),
            None => {
                tracing::info!("SECRET_KEY is not set: sessions last until the server stops");
                Ok(SecretKey::random()?)
            }
        }
    }

    /// How long sessions live.
    pub fn session_limits(&self) -> SessionLimits {
        SessionLimits {
            idle: Duration::from_secs(self.session_idle_timeout),
            absolute: Duration::from_secs(self.session_absolute_timeout),
        }
    }

    /// What a visitor without a session may do.
    pub fn anonymous(&self) -> Option<Role> {
        match self.anonymous_role {
            AnonymousRole::Viewer => Some(Role::Viewer),
            AnonymousRole::None => None,
        }
    }

    /// What a failed CSRF check does.
    pub fn csrf(&self) -> CsrfMode {
        match self.csrf_enforce {
            CsrfEnforce::True => CsrfMode::Enforce,
            CsrfEnforce::Report => CsrfMode::Report,
        }
    }

    /// How cookies are marked.
    pub fn cookies(env: AppEnv) -> CookieKind {
        if env == AppEnv::Production { CookieKind::Secure } else { CookieKind::Plain }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        security: SecuritySettings,
    }

    fn key(given: &[&str], env: AppEnv) -> Result<SecretKey, SecretKeyError> {
        let settings = Settings::parse_from(["serve"].iter().chain(given));
        assert!(!format!("{settings:?}").contains("hunter"), "{settings:?}");
        settings.security.key(env)
    }

    #[test]
    fn production_needs_a_strong_key_and_says_how_to_get_one() {
        let weak = "--secret-key=hunter22hunter22hunter22hunter22";
        for given in [&[][..], &["--secret-key="], &["--secret-key=hunter2"], &[weak]] {
            let error = key(given, AppEnv::Production).unwrap_err().to_string();
            assert!(error.contains("`mes-dashboard secret`"), "{error}");
            assert!(!error.contains("hunter"), "{error}");
            assert!(key(given, AppEnv::Development).is_ok());
            assert!(key(given, AppEnv::Demo).is_ok());
        }
        let strong = "--secret-key=k3V0Yw7pQm1ZxR9bTn5LsD2fHj8GcA4eUi6oPzXqWvB";
        assert!(key(&[strong], AppEnv::Production).is_ok());
    }
}
