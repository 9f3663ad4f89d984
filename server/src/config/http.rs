//! | variable | meaning | default |
//! |---|---|---|
//! | `APP_ENV` | `production`, `development` or `demo` | `production` |
//! | `BASE_PATH` | path of the host below which a proxy has the server, as in `/mes` | none |
//! | `HSTS_MAX_AGE` | `max-age` of `Strict-Transport-Security` in s, in production; 0 to leave the header to a proxy | 31536000 |
//! | `BIND_ADDR` | address and port; port 0 lets the system choose | `127.0.0.1:8080` |

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use super::ranges::whole;
use crate::http::mount::BasePath;

/// How careful the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AppEnv {
    /// For users.
    Production,
    /// For those who work on it.
    Development,
    /// A simulated plant.
    Demo,
}

/// Where to listen and in which mode.
#[derive(Args, Clone, Debug)]
pub struct HttpSettings {
    /// Mode
    #[arg(long, env = "APP_ENV", value_enum, default_value = "production")]
    pub app_env: AppEnv,
    /// Address and port to listen on; port 0 lets the system choose
    #[arg(long, env = "BIND_ADDR", default_value = "127.0.0.1:8080")]
    pub bind_addr: SocketAddr,
    /// Path of the host below which a proxy has the server, as in /mes; none by default
    #[arg(long, env = "BASE_PATH", default_value = "")]
    pub base_path: BasePath,
    /// `max-age` of `Strict-Transport-Security` in seconds, in production; 0 omits the header
    #[arg(long, env = "HSTS_MAX_AGE", default_value = "31536000", value_parser = whole("HSTS_MAX_AGE", 0..=63_072_000_u32))]
    pub hsts_max_age: u32,
}
