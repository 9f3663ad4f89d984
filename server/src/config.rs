//! Settings: read once, typed, checked, printed redacted at start.
//!
//! Every setting is an environment variable and a flag of `mes-dashboard
//! serve`; a `.env` file in the working directory is read as well, by the rules of systemd's
//! environment files (`runtime_contract::EnvFile`), and the real environment wins over it. `mes-dashboard serve --help` lists them with units
//! and defaults. A value that can't be used stops the start with exit code 64.

mod ranges;
mod secret;
mod state_directory;
mod app_database;
mod breaker;
mod database;
mod history;
mod plant_memory;
mod alerts;
mod http;
mod ldap;
mod limits;
mod logging;
mod redis;
mod resilience;
mod restart;
mod route_cache;
mod security;
mod old_states;
mod site;
mod snapshots;
mod supervisor;
mod watchdog;

use std::collections::BTreeMap;

use clap::Args;
use strsim::damerau_levenshtein;

use crate::http::exposure::Exposure;

pub use alerts::{AlertSettings, AlertSettingsError};
pub use app_database::AppDatabaseSettings;
pub use breaker::BreakerSettings;
pub use database::{DatabaseSettings, PoolSettings};
pub use history::HistorySettings;
pub use http::{AppEnv, HttpSettings};
pub use ldap::{LdapSettings, LdapSettingsError};
pub use limits::LimitSettings;
pub use logging::{LogFormat, LogSettings};
pub use plant_memory::PlantMemorySettings;
pub use redis::{RedisSettings, RedisSettingsError};
pub use resilience::ResilienceSettings;
pub use restart::{BrokenContract, RestartSettings};
pub use route_cache::RouteCacheSettings;
pub use security::{CsrfEnforce, SecretKeyError, SecuritySettings};
pub use site::{SiteRulesError, SiteSettings};
pub use snapshots::SnapshotSettings;
pub use supervisor::SupervisorSettings;
pub use watchdog::WatchdogConfig;

/// All settings of the server.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where to listen and in which mode.
    #[command(flatten)]
    pub http: HttpSettings,
    /// What clients may take.
    #[command(flatten)]
    pub limits: LimitSettings,
    /// Authentication.
    #[command(flatten)]
    pub security: SecuritySettings,
    /// A directory of users.
    #[command(flatten)]
    pub ldap: LdapSettings,
    /// The application's own database.
    #[command(flatten)]
    pub app_database: AppDatabaseSettings,
    /// The MES tables.
    #[command(flatten)]
    pub database: DatabaseSettings,
    /// The roll-up of history.
    #[command(flatten)]
    pub history: HistorySettings,
    /// The plant's memory.
    #[command(flatten)]
    pub plant_memory: PlantMemorySettings,
    /// Alert rules of the plant.
    #[command(flatten)]
    pub alerts: AlertSettings,
    /// Connections for requests.
    #[command(flatten)]
    pub pool: PoolSettings,
    /// The circuit breaker in front of them.
    #[command(flatten)]
    pub breaker: BreakerSettings,
    /// The shared Redis.
    #[command(flatten)]
    pub redis: RedisSettings,
    /// The cache of answers that cost a query.
    #[command(flatten)]
    pub route_cache: RouteCacheSettings,
    /// Snapshots.
    #[command(flatten)]
    pub snapshots: SnapshotSettings,
    /// From when on trouble is an alert.
    #[command(flatten)]
    pub resilience: ResilienceSettings,
    /// Restarts of the worker.
    #[command(flatten)]
    pub restart: RestartSettings,
    /// Workers: their start and their end.
    #[command(flatten)]
    pub supervisor: SupervisorSettings,
    /// What belongs to the plant.
    #[command(flatten)]
    pub site: SiteSettings,
    /// Logs.
    #[command(flatten)]
    pub log: LogSettings,
}

/// How far outside of our prefixes a name may be from a known one to be a misspelt setting.
const TYPOS: usize = 2;

/// The words that all settings with the same first word begin with, the last word left out.
fn prefixes(known: &[String]) -> Vec<String> {
    let mut shared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in known {
        let words: Vec<&str> = name.split_inclusive('_').collect();
        let all_but_last = &words[..words.len().max(2) - 1];
        let prefix = shared.entry(words[0]).or_insert_with(|| all_but_last.to_vec());
        let common = prefix.iter().zip(all_but_last).take_while(|(one, other)| one == other);
        let common = common.count();
        prefix.truncate(common);
    }
    shared.into_values().map(|words| words.concat()).collect()
}

/// Beginnings of variables in a settings file that are meant for libraries and the system.
const FOREIGN: [&str; 9] =
    ["RUST_", "LC_", "LANG", "TZ", "PATH", "SSL_CERT_", "PG", "MALLOC_", "TOKIO_"];

/// Variables that look like ours and are not: `(name, nearest known name)`. Those of a settings file
/// (`is_of_file`) are all meant for us, unless they are well known elsewhere.
pub fn unknown_variables<'a>(
    names: impl Iterator<Item = &'a str>,
    known: &[String],
    is_of_file: impl Fn(&str) -> bool,
) -> Vec<(&'a str, Option<String>)> {
    let prefixes = prefixes(known);
    let is_foreign = |name: &str| {
        FOREIGN.iter().any(|start| name.starts_with(start))
            || name.to_ascii_lowercase().ends_with("_proxy")
    };
    names
        .filter(|name| !known.iter().any(|other| other == name))
        .filter_map(|name| {
            let is_ours = prefixes.iter().any(|prefix| name.starts_with(prefix))
                || (is_of_file(name) && !is_foreign(name));
            let spelled = name.to_ascii_uppercase();
            let distances = known.iter().map(|other| (damerau_levenshtein(&spelled, other), other));
            let near = distances.min().filter(|(distance, _)| *distance <= 4);
            let is_typo = near.is_some_and(|(distance, _)| distance <= TYPOS);
            (is_ours || is_typo).then(|| (name, near.map(|(_, other)| other.clone())))
        })
        .collect()
}

impl Config {
    /// What strangers and proxies see.
    pub fn exposure(&self) -> Exposure {
        let is_production = self.http.app_env == AppEnv::Production;
        Exposure {
            base_path: self.http.base_path.clone(),
            hsts_max_age: if is_production { self.http.hsts_max_age } else { 0 },
            cors_origins: self.security.cors_allowed_origins.0.clone(),
            frame_ancestors: self.security.frame_ancestors.0.clone(),
            metrics_addresses: self.security.metrics_allowed_addresses.0.clone(),
            weakened: self.weakened(),
        }
    }

    /// Settings that protect less than their defaults.
    fn weakened(&self) -> Vec<String> {
        let is_away = !self.http.bind_addr.ip().is_loopback();
        let is_plain_text =
            |url: &str| ["sslmode=disable", "sslmode=allow"].iter().any(|mode| url.contains(mode));
        let is_unchecked = |url: &str| url.ends_with("#insecure");
        let database = self.database.database_url.as_deref();
        let networks = &self.security.metrics_allowed_addresses.0;
        let weak = [
            (
                self.security.csrf_enforce == CsrfEnforce::Report,
                "CSRF_ENFORCE is report: changes without a CSRF token are carried out",
            ),
            (
                self.http.app_env == AppEnv::Development && is_away,
                "APP_ENV is development: cookies go over plain HTTP, and error responses contain their causes",
            ),
            (
                self.ldap.ldap_url.is_some() && !self.ldap.ldap_starttls,
                "LDAP_STARTTLS is false: passwords may go to the directory unencrypted",
            ),
            (
                database.is_some_and(is_plain_text),
                "DATABASE_URL has sslmode disable or allow: rows may come unencrypted",
            ),
            (
                is_plain_text(&self.app_database.app_database_url),
                "APP_DATABASE_URL has sslmode disable or allow: sessions may go unencrypted",
            ),
            (
                self.redis.redis_url.as_deref().is_some_and(is_unchecked),
                "REDIS_URL ends in #insecure: the certificate of Redis is not checked",
            ),
            (
                self.alerts.is_plain(),
                "ALERT_WEBHOOK_URLS has an address of http: alerts may be read on the way",
            ),
            (
                networks.iter().any(|network| network.prefix_len() == 0),
                "METRICS_ALLOWED_ADDRESSES holds every address: strangers may read all figures",
            ),
            (
                self.limits.is_without_limit(),
                "a limit on what one client may take is 0, which is none: see HTTP_MAX_* and *_RATE_LIMIT_MAX_REQUESTS",
            ),
        ];
        let weak = weak.into_iter().filter(|(holds, _)| *holds);
        weak.map(|(_, what)| format!("security: {what}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{BreakerSettings, Config, PoolSettings, unknown_variables};

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        pool: PoolSettings,
        #[command(flatten)]
        breaker: BreakerSettings,
    }

    #[derive(Debug, Parser)]
    struct Whole {
        #[command(flatten)]
        config: Config,
    }

    fn config(arguments: &[&str]) -> Config {
        Whole::parse_from([&["serve"], arguments].concat()).config
    }

    #[test]
    fn each_weakened_setting_is_named_and_no_default_is() {
        assert_eq!(config(&[]).exposure().weakened, [""; 0]);
        for (arguments, told) in [
            (&["--csrf-enforce=report"][..], "CSRF_ENFORCE is report"),
            (&["--app-env=development", "--bind-addr=0.0.0.0:80"], "APP_ENV is development"),
            (&["--ldap-url=ldap://dir.plant", "--ldap-starttls=false"], "LDAP_STARTTLS is false"),
            (&["--database-url=postgres://db/mes?sslmode=disable"], "DATABASE_URL has sslmode"),
            (&["--app-database-url=postgres://db/app?sslmode=allow"], "APP_DATABASE_URL has"),
            (&["--redis-url=rediss://redis.plant/#insecure"], "REDIS_URL ends in #insecure"),
            (&["--alert-webhook-urls=http://relay/x"], "ALERT_WEBHOOK_URLS has an address of http"),
            (&["--metrics-allowed-addresses=0.0.0.0/0"], "METRICS_ALLOWED_ADDRESSES holds every"),
            (&["--http-max-event-streams-per-client=0"], "a limit on what one client may take"),
            (&["--query-rate-limit-max-requests=0"], "a limit on what one client may take"),
        ] {
            let weakened = config(arguments).exposure().weakened;
            let is_told = weakened.iter().any(|one| one.starts_with(&format!("security: {told}")));
            assert!(is_told && weakened.len() == 1, "{arguments:?}: {weakened:?}");
        }
    }

    #[test]
    fn browsers_are_told_of_https_in_production_unless_the_setting_is_0() {
        for (arguments, seconds) in [
            (&[][..], 31_536_000),
            (&["--hsts-max-age=600"], 600),
            (&["--hsts-max-age=0"], 0),
            (&["--app-env=development"], 0),
        ] {
            assert_eq!(config(arguments).exposure().hsts_max_age, seconds, "{arguments:?}");
        }
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_variable_value_and_range() {
        let cases = [
            ("--db-pool-size=0", "DB_POOL_SIZE takes a whole number from 1 to 500, got 0"),
            (
                "--db-call-timeout-ms=5s",
                "DB_CALL_TIMEOUT_MS takes a whole number from 100 to 600000",
            ),
            (
                "--circuit-breaker-failure-rate=50",
                "CIRCUIT_BREAKER_FAILURE_RATE takes a number above 0",
            ),
            ("--circuit-breaker-enabled=perhaps", "--circuit-breaker-enabled"),
        ];
        for (argument, message) in cases {
            let error = Settings::try_parse_from(["serve", argument]).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let settings = Settings::parse_from(["serve", "--circuit-breaker-failure-threshold=21"]);
        let longest = settings.pool.limits().longest_call();
        assert!(longest.as_secs() < 30, "a browser waits 30 s");
        let error = settings.breaker.policy(longest).unwrap_err().to_string();
        assert!(error.contains("CIRCUIT_BREAKER_WINDOW_SIZE (20), got 21"), "{error}");
    }

    #[test]
    fn a_misspelt_variable_is_told_the_nearest_name() {
        let known =
            ["CACHE_CHECK_INTERVAL", "CACHE_FULL_READ", "BIND_ADDR", "RUNTIME_CONTRACT_VERSION"];
        let known = known.map(str::to_owned);
        let names = ["CACHE_CHEK_INTERVAL", "BIND_ADDR", "HOME", "CACHE_XYZ_ABCDEF", "BINDADDR"];
        let names = names.into_iter().chain(["RUNTIME_DIRECTORY", "RUNTIME_CONTRACT_X"]);
        assert_eq!(
            unknown_variables(names, &known, |_| false),
            [
                ("CACHE_CHEK_INTERVAL", Some("CACHE_CHECK_INTERVAL".to_owned())),
                ("CACHE_XYZ_ABCDEF", None),
                ("BINDADDR", Some("BIND_ADDR".to_owned())),
                ("RUNTIME_CONTRACT_X", None),
            ]
        );
        let names = ["DABATASE", "bind_addr", "RUST_LOG", "https_proxy", "BIND_ADDR", "EDITOR"];
        assert_eq!(
            unknown_variables(names.into_iter(), &known, |name| name != "EDITOR"),
            [("DABATASE", None), ("bind_addr", Some("BIND_ADDR".to_owned()))]
        );
    }
}
