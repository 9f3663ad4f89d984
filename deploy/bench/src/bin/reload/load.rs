//! Concurrent requests of every kind, until another task has finished.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::{self, Tally};

const SMALL: &str = "/livez";
const MEDIUM: &str = "/api/wip/overview/summary";
const LARGE: &str = "/api/snapshot/wip?include_dummy=true";
const BODY: &str = r#"{"username":"","password":""}"#;

/// Sends until `meanwhile` has finished.
///
/// # Errors
/// Those of `meanwhile`.
pub(crate) fn run(
    address: &str,
    meanwhile: impl FnOnce(&Tally) -> Result<(), Failure>,
) -> Result<Tally, Failure> {
    let tally = Tally::default();
    let [small, medium, large] = [SMALL, MEDIUM, LARGE].map(client::get);
    let post = head_of_post() + BODY;
    let done = std::thread::scope(|scope| {
        let tally = &tally;
        // Large answers with pauses: they are about copying, not about connections.
        for (request, pause_ms, clients) in
            [(&small, 0, 3), (&medium, 0, 1), (&large, 100, 1), (&post, 20, 1), (&small, 2_000, 3)]
        {
            for _ in 0..clients {
                scope.spawn(move || client::kept(address, request, pause_ms, tally));
            }
        }
        for request in [&small, &medium] {
            scope.spawn(move || client::fresh(address, request, tally));
        }
        for _ in 0..2 {
            scope.spawn(move || client::events(address, tally));
        }
        scope.spawn(move || slow_bodies(address, tally));
        let done = meanwhile(tally);
        tally.stop.store(true, Ordering::SeqCst);
        done
    });
    done.map(|()| tally)
}

fn head_of_post() -> String {
    format!(
        "POST /api/session HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        BODY.len()
    )
}

/// Bodies that take a third of a second to come.
fn slow_bodies(address: &str, tally: &Tally) {
    while tally.goes_on() {
        let began = Instant::now();
        let send = || {
            let mut stream = client::connect(address)?;
            stream.write_all(head_of_post().as_bytes())?;
            let (last, parts) = BODY.as_bytes().split_last().ok_or(std::io::ErrorKind::Other)?;
            for part in parts.chunks(7) {
                std::thread::sleep(Duration::from_millis(80));
                stream.write_all(part)?;
            }
            client::ask_on(&mut stream, &char::from(*last).to_string())
        };
        tally.note("slow body", began, send());
    }
}
