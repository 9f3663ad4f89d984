//! How far the making of the plant is: a bar for each table on terminals, lines elsewhere.
//!
//! The bar honours `NO_COLOR`; log files get one line per table.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    Terminal,
    Log,
    #[cfg(test)]
    Nobody,
}

/// Reports one table after the other on standard error.
pub(super) struct Progress {
    audience: Audience,
    bar: Option<ProgressBar>,
    rows: usize,
    started: Instant,
}

impl Progress {
    pub(super) fn on_stderr() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self::new(if terminal { Audience::Terminal } else { Audience::Log })
    }

    /// Reports nothing.
    #[cfg(test)]
    pub(super) fn silent() -> Self {
        Self::new(Audience::Nobody)
    }

    fn new(audience: Audience) -> Self {
        Self { audience, bar: None, rows: 0, started: Instant::now() }
    }

    /// The next table begins.
    pub(super) fn table(&mut self, name: &'static str, rows: usize) {
        self.end_bar();
        self.rows += rows;
        match self.audience {
            Audience::Terminal => self.bar = Some(bar(name, rows)),
            Audience::Log => say(&format!("seeding {name}: {} rows", HumanCount(rows as u64))),
            #[cfg(test)]
            Audience::Nobody => {}
        }
    }

    /// More rows of the table are written.
    pub(super) fn add(&self, rows: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(rows as u64);
        }
    }

    /// All tables are written.
    pub(super) fn done(&mut self) {
        self.end_bar();
        let (rows, secs) = (HumanCount(self.rows as u64), self.started.elapsed().as_secs_f64());
        self.note(&format!("the plant is ready: {rows} rows in {secs:.1} s"));
    }

    /// A message for the user who started the demo.
    pub(super) fn note(&self, text: &str) {
        match self.audience {
            Audience::Terminal | Audience::Log => say(text),
            #[cfg(test)]
            Audience::Nobody => {}
        }
    }

    fn end_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
    }
}

fn bar(name: &'static str, rows: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(rows as u64), ProgressDrawTarget::stderr());
    // The template is fixed; a default bar is as good if it did not parse.
    let style =
        ProgressStyle::with_template("{msg:28} {bar:24.cyan} {human_pos:>9} of {human_len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(name);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

#[expect(clippy::print_stderr, reason = "progress is for whoever started the command")]
fn say(text: &str) {
    eprintln!("{text}");
}
