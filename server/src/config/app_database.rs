//! | variable | meaning | default |
//! |---|---|---|
//! | `APP_DATABASE_URL` | the application's own database, with users and sessions: `sqlite:PATH` (made when missing) or `postgres://…` | `sqlite:mes-dashboard.sqlite` |

use clap::Args;

use super::secret::Address;

/// The application's own database.
#[derive(Args, Clone, Debug)]
pub struct AppDatabaseSettings {
    /// The application's own database, with users and sessions: sqlite:PATH (made when missing) or postgres://USER:PASSWORD@HOST/NAME
    #[arg(
        long,
        env = "APP_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:mes-dashboard.sqlite"
    )]
    pub app_database_url: Address,
}
