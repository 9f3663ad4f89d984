//! `mes-dashboard history`: the roll-up of history.

use std::io::Write;

use clap::{Args, Subcommand};

use crate::app::{self, ServeError};
use crate::config::Config;

/// The roll-up of history.
#[derive(Args, Clone, Debug)]
pub struct HistoryCommand {
    /// The settings of `serve`.
    #[command(flatten)]
    pub config: Config,
    /// What to do.
    #[command(subcommand)]
    pub action: HistoryAction,
}

/// What to do with the roll-up.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum HistoryAction {
    /// Compare every rolled-up day with the rows of the database
    Verify,
    /// Read all days again
    Rebuild,
}

/// Does it; returns the exit code.
///
/// # Errors
/// Settings that can't be used, the database can't be asked, or files can't be read or written.
pub async fn run(command: &HistoryCommand, out: &mut impl Write) -> Result<u8, ServeError> {
    match command.action {
        HistoryAction::Verify => Ok(u8::from(!app::verify_history(&command.config, out).await?)),
        HistoryAction::Rebuild => {
            app::rebuild_history(&command.config, out).await?;
            Ok(0)
        }
    }
}
