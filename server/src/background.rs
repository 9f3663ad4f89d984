//! Work that readers must not notice, on threads of low priority.
//!
//! Loading a large table keeps a processor busy for a second. On a thread of its own it takes none of
//! those that respond, and the scheduler prefers them.

use std::thread;

/// What the priority is lowered by, of 19 at most: the work still gets a third of what a reader gets
/// while all processors are busy.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Starts `work` on a thread of its own that is called `name`. The result is `None` when it panicked or
/// there can be no further thread.
pub(crate) fn run<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Option<T>> + Send {
    let thread = move || {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            // Linux has a priority per thread, other systems per process. Failing means more noise only.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::nice(NICENESS);
            work()
        });
        match thread {
            Ok(thread) => thread.join().ok(),
            Err(error) => {
                tracing::error!(%error, name, "a thread can't be started");
                None
            }
        }
    };
    // A thread of the pool waits for it: its priority could not be raised again.
    let waiting = tokio::task::spawn_blocking(thread);
    async move { waiting.await.ok().flatten() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_result_comes_back_and_a_panic_is_none() {
        assert_eq!(run("adding", || 1 + 1).await, Some(2));
        assert_eq!(run("failing", || panic!("as expected")).await, None::<()>);
    }
}
