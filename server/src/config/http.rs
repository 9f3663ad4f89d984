//! | variable | meaning | default |
//! |---|---|---|
//! | `APP_ENV` | `production`, `development` or `demo` | `production` |
//! | `BIND_ADDR` | address and port; port 0 lets the system choose | `127.0.0.1:8080` |

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

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
}
