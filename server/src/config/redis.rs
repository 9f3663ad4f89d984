//! | variable | meaning | default |
//! |---|---|---|
//! | `REDIS_URL` | a Redis that several servers share: `redis://USER:PASSWORD@HOST:PORT/DATABASE`, `rediss://…` with TLS, `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/GROUP/DATABASE` by its sentinels (`rediss+sentinel://…` with TLS) | none: without Redis |
//! | `REDIS_CA_FILE` | PEM file with the certificates that may sign the Redis's | the system's |
//! | `REDIS_SENTINEL_PASSWORD` | password of the sentinels, where they have one | none |
//! | `REDIS_CONNECT_TIMEOUT` | s for opening a connection and for the answer to a probe, 1 to 60 | 2 |
//! | `REDIS_COMMAND_TIMEOUT_MS` | ms for any other answer, 10 to 10000 | 200 |
//! | `REDIS_KEY_PREFIX` | what all keys begin with: 1 to 64 letters, digits and `:._-` | `mes:` |

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::ranges::whole;
use super::secret::Address;
use crate::breaker::{BreakerLimits, BreakerPolicy, InvalidPolicy};
use crate::redis::{InvalidAddress, Redis, RedisLimits, RedisTrust};
use crate::secret::Secret;

/// How long the breaker in front of Redis stays open at first.
const RECOVERY: Duration = Duration::from_secs(5);

/// The shared Redis.
#[derive(Args, Clone, Debug)]
pub struct RedisSettings {
    /// Redis that several servers share: redis://USER:PASSWORD@HOST:PORT/DATABASE, rediss:// for TLS, redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/GROUP/DATABASE; none by default
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<Address>,
    /// PEM file with the certificates that may sign the Redis's; the system's by default
    #[arg(long, env = "REDIS_CA_FILE")]
    pub redis_ca_file: Option<std::path::PathBuf>,
    /// Password of the sentinels, where they have one
    #[arg(long, env = "REDIS_SENTINEL_PASSWORD", hide_env_values = true)]
    pub redis_sentinel_password: Option<Secret>,
    /// Seconds for opening a connection to Redis and for the answer to a probe, 1 to 60
    #[arg(long, env = "REDIS_CONNECT_TIMEOUT", default_value = "2", value_parser = whole("REDIS_CONNECT_TIMEOUT", 1..=60_u64))]
    pub redis_connect_timeout: u64,
    /// Milliseconds for any other answer of Redis, 10 to 10000
    #[arg(long, env = "REDIS_COMMAND_TIMEOUT_MS", default_value = "200", value_parser = whole("REDIS_COMMAND_TIMEOUT_MS", 10..=10_000_u64))]
    pub redis_command_timeout_ms: u64,
    /// What all keys in Redis begin with
    #[arg(long, env = "REDIS_KEY_PREFIX", default_value = "mes:", value_parser = key_prefix)]
    pub redis_key_prefix: String,
}

/// Why Redis can't be used as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum RedisSettingsError {
    /// `REDIS_URL` is wrong.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The certificates can't be read.
    #[error("REDIS_CA_FILE {file} can't be used: {cause}")]
    Certificates {
        /// The file.
        file: String,
        /// What is wrong.
        cause: String,
    },
    /// The breaker's figures are wrong.
    #[error(transparent)]
    Breaker(#[from] InvalidPolicy),
}

fn key_prefix(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err("a prefix takes 1 to 64 letters, digits, :, ., _ and -".to_owned())
}

impl RedisSettings {
    /// Times.
    pub fn limits(&self) -> RedisLimits {
        RedisLimits {
            connect_timeout: Duration::from_secs(self.redis_connect_timeout),
            command_timeout: Duration::from_millis(self.redis_command_timeout_ms),
        }
    }

    /// The address, if Redis is configured; an empty one counts as none.
    fn address(&self) -> Option<&str> {
        self.redis_url.as_deref().map(str::trim).filter(|url| !url.is_empty())
    }

    /// What the breaker reacts to: three failures of the last ten calls.
    fn policy(&self) -> Result<BreakerPolicy, InvalidPolicy> {
        let limits = self.limits();
        BreakerPolicy::new(BreakerLimits {
            enabled: true,
            window_size: 10,
            failure_threshold: 3,
            failure_ratio: 0.3,
            slow_call_ratio: 1.0,
            slow_call: limits.command_timeout,
            recovery: RECOVERY,
            probes: 3,
            half_open_limit: RECOVERY.max(limits.command_timeout),
        })
    }

    /// Redis as it is set up; `None` without an address. Nothing is opened yet.
    ///
    /// # Errors
    /// The address can't be used.
    pub fn prepare(&self) -> Result<Option<Arc<Redis>>, RedisSettingsError> {
        let Some(address) = self.address() else { return Ok(None) };
        let (prefix, limits) = (&self.redis_key_prefix, self.limits());
        Ok(Some(Redis::new(address, &self.trust()?, prefix, limits, self.policy()?)?))
    }

    fn trust(&self) -> Result<RedisTrust, RedisSettingsError> {
        let sentinel_password =
            self.redis_sentinel_password.clone().filter(|password| !password.expose().is_empty());
        let Some(file) = self.redis_ca_file.as_ref().filter(|file| !file.as_os_str().is_empty())
        else {
            return Ok(RedisTrust { ca: None, sentinel_password });
        };
        let failed = |cause: String| RedisSettingsError::Certificates {
            file: file.display().to_string(),
            cause,
        };
        let ca = std::fs::read(file).map_err(|cause| failed(cause.to_string()))?;
        let count = CertificateDer::pem_slice_iter(&ca).filter(Result::is_ok).count();
        if count == 0 {
            return Err(failed("it holds no certificate".to_owned()));
        }
        Ok(RedisTrust { ca: Some(ca), sentinel_password })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        redis: RedisSettings,
    }

    fn with(arguments: &[&str]) -> Settings {
        Settings::parse_from(["serve"].iter().chain(arguments))
    }

    #[test]
    fn no_address_means_no_redis() {
        for arguments in [&[][..], &["--redis-url="], &["--redis-url", " "]] {
            assert!(with(arguments).redis.prepare().unwrap().is_none());
        }
        assert!(with(&["--redis-url=redis://cache/1"]).redis.prepare().unwrap().is_some());
    }

    #[test]
    fn a_wrong_address_is_refused_without_being_shown() {
        for wrong in ["s3cret", "http://:s3cret@cache", "redis://:s3cret@cache/first"] {
            let settings = with(&["--redis-url", wrong]).redis;
            let error = settings.prepare().unwrap_err().to_string();
            assert!(error.starts_with("REDIS_URL can't be used"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
            assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
        }
        for file in ["/nowhere.pem", "/dev/null"] {
            let settings = with(&["--redis-url=rediss://cache", "--redis-ca-file", file]).redis;
            let error = settings.prepare().unwrap_err().to_string();
            assert!(error.starts_with(&format!("REDIS_CA_FILE {file} can't be used")), "{error}");
        }
    }

    #[test]
    fn prefixes_are_plain() {
        assert!(key_prefix("plant-7:mes.").is_ok());
        for wrong in ["", "a b", "資料", "x\r\nFLUSHALL", &"a".repeat(65)] {
            assert!(key_prefix(wrong).is_err(), "{wrong}");
        }
    }
}
