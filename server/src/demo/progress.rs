//! How far the making of the plant is: a bar on terminals, lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Reports one table after the other on standard error.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    terminal: bool,
}

impl Progress {
    pub(super) fn on_stderr() -> Self {
        Self { bar: None, terminal: std::io::stderr().is_terminal() }
    }

    /// Reports nothing.
    #[cfg(test)]
    pub(super) fn silent() -> Self {
        Self { bar: Some(ProgressBar::hidden()), terminal: false }
    }

    #[expect(clippy::print_stderr, reason = "progress is for whoever started the command")]
    pub(super) fn table(&mut self, name: &'static str, rows: usize) {
        if let Some(bar) = self.bar.take_if(|bar| !bar.is_hidden()) {
            bar.finish();
        }
        if !self.terminal {
            if self.bar.is_none() {
                eprintln!("seeding {name}: {rows} rows");
            }
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(rows as u64), ProgressDrawTarget::stderr());
        // The template is fixed; a default bar is as good if it did not parse.
        let style = ProgressStyle::with_template("{msg:32} {bar:32} {human_pos}/{human_len} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(name);
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bar = Some(bar);
    }

    pub(super) fn add(&self, rows: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(rows as u64);
        }
    }
}
