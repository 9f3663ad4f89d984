//! | variable | meaning | default |
//! |---|---|---|
//! | `ALERTS_ENABLED` | whether alert rules are watched, where there is a folder for them | `true` |
//! | `ALERTS_DIR` | folder of the rules and of what they found | `alerts` in the service's state directory (`STATE_DIRECTORY` of systemd), none without one |
//! | `ALERT_WEBHOOK_URLS` | addresses that are told of firings, with commas between them: `https://relay.plant.example/alerts` | none |
//! | `ALERT_WEBHOOK_SECRET` | signs webhooks; `mes-dashboard secret` prints a fresh one | required with an address, in production |
//! | `ALERT_WEBHOOK_TIMEOUT_MS` | ms for an attempt, 100 to 60000 | 5000 |
//! | `ALERT_WEBHOOK_CA_FILE` | PEM file with the certificates that may sign the receivers' | the system's |

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::AppEnv;
use super::ranges::whole;
use super::state_directory::in_state_directory;
use crate::auth::secret_key::{WeakKey, random_text, weakness};
use crate::plant_alerts::{InvalidTarget, Target, WebhookTimes, Webhooks};
use crate::secret::Secret;

/// The folder in the state directory.
const FOLDER: &str = "alerts";
/// Pause after the first attempt that fails.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Addresses at most.
const MOST_TARGETS: usize = 8;

/// Alert rules of the plant.
#[derive(Args, Clone, Debug)]
pub struct AlertSettings {
    /// Whether alert rules are watched, where there is a folder for them
    #[arg(long, env = "ALERTS_ENABLED", default_value = "true", action = clap::ArgAction::Set)]
    pub alerts_enabled: bool,
    /// Folder of the rules and of what they found, made when missing; without it alerts in the state directory that systemd gives the service
    #[arg(long, env = "ALERTS_DIR", value_name = "DIR")]
    pub alerts_dir: Option<PathBuf>,
    /// Addresses that are told of firings, with commas between them: https://relay.plant.example/alerts; 8 at most
    #[arg(long, env = "ALERT_WEBHOOK_URLS", default_value = "", hide_env_values = true)]
    pub alert_webhook_urls: Secret,
    /// Signs webhooks, 32 bytes or more; `mes-dashboard secret` prints a fresh one
    #[arg(long, env = "ALERT_WEBHOOK_SECRET", hide_env_values = true)]
    pub alert_webhook_secret: Option<Secret>,
    /// Milliseconds for an attempt to send a webhook, 100 to 60000
    #[arg(long, env = "ALERT_WEBHOOK_TIMEOUT_MS", default_value = "5000", value_parser = whole("ALERT_WEBHOOK_TIMEOUT_MS", 100..=60_000_u64))]
    pub alert_webhook_timeout_ms: u64,
    /// PEM file with the certificates that may sign the receivers' of webhooks; the system's by default
    #[arg(long, env = "ALERT_WEBHOOK_CA_FILE")]
    pub alert_webhook_ca_file: Option<PathBuf>,
}

/// Why webhooks can't be sent as they are set up. The secret is not repeated.
#[derive(Debug, thiserror::Error)]
pub enum AlertSettingsError {
    /// An address is none.
    #[error("ALERT_WEBHOOK_URLS: {0}")]
    Target(#[from] InvalidTarget),
    /// There are too many.
    #[error("ALERT_WEBHOOK_URLS takes {MOST_TARGETS} addresses at most, got {0}")]
    TooMany(usize),
    /// There is an address and no secret, in production.
    #[error(
        "ALERT_WEBHOOK_URLS is set and ALERT_WEBHOOK_SECRET is not: receivers could not tell who \
         sends. Make one with `mes-dashboard secret` and give it to the receivers as well."
    )]
    Missing,
    /// It is weak.
    #[error(
        "ALERT_WEBHOOK_SECRET is too weak: {0}. Replace it with what `mes-dashboard secret` prints."
    )]
    Weak(#[from] WeakKey),
    /// The system has no randomness.
    #[error("no random ALERT_WEBHOOK_SECRET can be made: {0}")]
    Random(#[from] getrandom::Error),
    /// The certificates can't be read.
    #[error("ALERT_WEBHOOK_CA_FILE {file} can't be used: {cause}")]
    Certificates { file: String, cause: String },
    /// TLS can't be set up.
    #[error("webhooks can't be sent over TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl AlertSettings {
    /// Where the files are; `None` where nothing is watched.
    pub fn folder(&self) -> Option<PathBuf> {
        let state = || in_state_directory(std::env::var_os("STATE_DIRECTORY"), FOLDER);
        let folder = self.alerts_dir.clone().or_else(state);
        folder.filter(|_| self.alerts_enabled)
    }

    fn targets(&self) -> Result<Vec<Target>, AlertSettingsError> {
        let given = self.alert_webhook_urls.expose().split(',').map(str::trim);
        let targets: Vec<Target> =
            given.filter(|one| !one.is_empty()).map(Target::new).collect::<Result<_, _>>()?;
        let count = targets.len();
        if count > MOST_TARGETS { Err(AlertSettingsError::TooMany(count)) } else { Ok(targets) }
    }

    /// Whether what is sent can be read on the way.
    pub fn is_plain(&self) -> bool {
        self.targets().is_ok_and(|targets| targets.iter().any(Target::is_plain))
    }

    /// The addresses and how they are told; `None` without any.
    ///
    /// # Errors
    /// The secret is weak, or missing in production; or the certificates can't be used.
    pub fn webhooks(&self, env: AppEnv) -> Result<Option<Webhooks>, AlertSettingsError> {
        let targets = self.targets()?;
        if targets.is_empty() {
            return Ok(None);
        }
        let secret = self.secret(env)?;
        let times = WebhookTimes {
            timeout: Duration::from_millis(self.alert_webhook_timeout_ms),
            first_pause: FIRST_PAUSE,
        };
        Ok(Some(Webhooks::new(targets, &secret, times, self.tls()?)))
    }

    fn secret(&self, env: AppEnv) -> Result<Secret, AlertSettingsError> {
        let given = self.alert_webhook_secret.clone().filter(|one| !one.expose().is_empty());
        let is_production = env == AppEnv::Production;
        match given.as_ref().map(|secret| weakness(secret.expose())) {
            None if is_production => Err(AlertSettingsError::Missing),
            Some(Err(weak)) if is_production => Err(weak.into()),
            Some(Err(weak)) => {
                tracing::warn!("ALERT_WEBHOOK_SECRET would be refused in production: {weak}");
                Ok(given.unwrap_or_else(|| Secret::from("")))
            }
            _ => match given {
                Some(secret) => Ok(secret),
                None => Ok(Secret::from(random_text()?.as_str())),
            },
        }
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, AlertSettingsError> {
        let mut roots = RootCertStore::empty();
        let file = self.alert_webhook_ca_file.as_ref().filter(|file| !file.as_os_str().is_empty());
        match file {
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Some(file) => {
                let failed = |cause: String| AlertSettingsError::Certificates {
                    file: file.display().to_string(),
                    cause,
                };
                let read = CertificateDer::pem_file_iter(file);
                for certificate in read.map_err(|cause| failed(cause.to_string()))? {
                    let certificate = certificate.map_err(|cause| failed(cause.to_string()))?;
                    roots.add(certificate).map_err(|cause| failed(cause.to_string()))?;
                }
                if roots.is_empty() {
                    return Err(failed("it holds no certificate".to_owned()));
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(Arc::new(tls.with_root_certificates(roots).with_no_client_auth()))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        alerts: AlertSettings,
    }

    fn with(arguments: &[&str]) -> AlertSettings {
        Settings::parse_from(["serve"].iter().chain(arguments)).alerts
    }

    const ADDRESS: &str =
        "--alert-webhook-urls=https://relay.plant.example/s3cret,http://[::1]:9/x";

    #[test]
    fn production_needs_a_strong_secret_where_there_is_an_address() {
        assert!(with(&[]).webhooks(AppEnv::Production).unwrap().is_none());
        for (secret, told) in [
            (&[][..], "ALERT_WEBHOOK_SECRET is not"),
            (&["--alert-webhook-secret="], "ALERT_WEBHOOK_SECRET is not"),
            (
                &["--alert-webhook-secret=hunter2"],
                "ALERT_WEBHOOK_SECRET is too weak: it has 7 bytes",
            ),
        ] {
            let settings = with(&[&[ADDRESS][..], secret].concat());
            let error = settings.webhooks(AppEnv::Production).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("hunter"), "{error}");
            assert!(settings.webhooks(AppEnv::Development).is_ok());
        }
        let strong = random_text().unwrap();
        let settings = with(&[ADDRESS, &format!("--alert-webhook-secret={strong}")]);
        let webhooks = settings.webhooks(AppEnv::Production).unwrap().unwrap();
        assert_eq!(webhooks.targets().len(), 2);
        let shown = format!("{settings:?} {webhooks:?}");
        assert!(!shown.contains("s3cret") && !shown.contains(&strong), "{shown}");
    }

    #[test]
    fn what_is_no_address_or_no_certificate_is_named() {
        for wrong in ["relay", "ftp://relay/x", "https://a:s3cret@relay/x", &"http://a/,".repeat(9)]
        {
            let settings = with(&["--alert-webhook-urls", wrong]);
            let error = settings.webhooks(AppEnv::Development).unwrap_err().to_string();
            assert!(
                error.starts_with("ALERT_WEBHOOK_URLS") && !error.contains("s3cret"),
                "{error}"
            );
        }
        for file in ["/nowhere.pem", "/dev/null"] {
            let settings = with(&[ADDRESS, "--alert-webhook-ca-file", file]);
            let error = settings.webhooks(AppEnv::Development).unwrap_err().to_string();
            assert!(error.starts_with(&format!("ALERT_WEBHOOK_CA_FILE {file}")), "{error}");
        }
    }
}
