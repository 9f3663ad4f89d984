//! Log lines on standard error, written by a separate thread: a stalled reader costs lines, which
//! are counted, and never a request.

use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that may wait for their reader.
const WAITING: usize = 4_096;
/// Longest time for writing what waits at the end.
const LAST_LINES: Duration = Duration::from_millis(1_500);

/// Lines of this process that were left out.
static LEFT_OUT: OnceLock<ErrorCounter> = OnceLock::new();

/// Writes what waits when it is dropped, as far as somebody reads it.
#[derive(Debug)]
#[must_use]
pub struct LogLines(Option<WorkerGuard>);

impl LogLines {
    /// A writer that never waits, and what to keep until the end of the process.
    pub fn to_standard_error() -> (NonBlocking, Self) {
        let lines = NonBlockingBuilder::default().buffered_lines_limit(WAITING).lossy(true);
        let (writer, guard) = lines.thread_name("log lines").finish(std::io::stderr());
        // A second log of one process does not start.
        let _ = LEFT_OUT.set(writer.error_counter());
        (writer, Self(Some(guard)))
    }
}

impl Drop for LogLines {
    fn drop(&mut self) {
        let guard = self.0.take();
        let (done, is_done) = mpsc::channel();
        // Not joined: with a stalled reader it might never end.
        std::thread::spawn(move || {
            drop(guard);
            done.send(())
        });
        let _ = is_done.recv_timeout(LAST_LINES);
    }
}

/// Lines since the start that were left out because nobody read them in time.
pub fn lines_left_out() -> u64 {
    LEFT_OUT.get().map_or(0, |count| count.dropped_lines() as u64)
}

/// Logs a panic, instead of writing it to standard error, where a stalled reader would block the
/// thread.
pub fn log_panic(info: &PanicHookInfo<'_>) {
    let text = info.payload_as_str().unwrap_or("no text");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    let backtrace = (backtrace.status() == std::backtrace::BacktraceStatus::Captured)
        .then(|| backtrace.to_string());
    tracing::error!(panic = text, location, backtrace, "panicked");
}
