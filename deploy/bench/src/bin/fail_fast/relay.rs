//! What comes to the database, counted by who sends it: connections name themselves as they open.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Who sends. The order is that of the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The pool for requests.
    Requests,
    /// The health probe, which never stops asking.
    Probe,
    /// The refreshers of snapshots.
    Refreshers,
}

impl Sender {
    /// By the name in PostgreSQL's first message.
    fn of(opening: &[u8]) -> Self {
        let has = |name: &[u8]| opening.windows(name.len()).any(|part| part == name);
        if has(b"\0mes-dashboard health\0") {
            Self::Probe
        } else if has(b"\0mes-dashboard\0") {
            Self::Requests
        } else {
            Self::Refreshers
        }
    }
}

/// What came, at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) connections: u64,
    pub(crate) bytes: u64,
}

#[derive(Debug, Default)]
struct Counters {
    connections: [AtomicU64; 3],
    bytes: [AtomicU64; 3],
}

/// A relay on a port of its own; it ends with the runtime.
pub(crate) struct Relay {
    pub(crate) port: u16,
    counters: Arc<Counters>,
}

impl Relay {
    /// In front of a port of this machine.
    ///
    /// # Errors
    /// No port can be had.
    pub(crate) async fn start(target: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let counters = Arc::new(Counters::default());
        let counting = counters.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, target, counting.clone()));
            }
        });
        Ok(Self { port, counters })
    }

    /// What came from a sender so far.
    pub(crate) fn traffic(&self, sender: Sender) -> Traffic {
        let of = |counters: &[AtomicU64; 3]| counters[sender as usize].load(Ordering::SeqCst);
        Traffic { connections: of(&self.counters.connections), bytes: of(&self.counters.bytes) }
    }
}

/// Counts before it sends on, so that a database that takes nothing hides nothing.
async fn pass(client: TcpStream, target: u16, counters: Arc<Counters>) -> std::io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
    let (mut questions, mut client) = client.into_split();
    let (mut answers, mut server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut answers, &mut client).await });
    let mut buffer = vec![0; 16 * 1024];
    let mut sender = None;
    loop {
        let length = questions.read(&mut buffer).await?;
        if length == 0 {
            return server.shutdown().await;
        }
        let sender = *sender.get_or_insert_with(|| {
            let sender = Sender::of(&buffer[..length]);
            counters.connections[sender as usize].fetch_add(1, Ordering::SeqCst);
            sender
        });
        counters.bytes[sender as usize].fetch_add(length as u64, Ordering::SeqCst);
        server.write_all(&buffer[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_name_themselves() {
        let opening = |name: &str| format!("user\0postgres\0application_name\0{name}\0\0");
        assert_eq!(Sender::of(opening("mes-dashboard").as_bytes()), Sender::Requests);
        assert_eq!(Sender::of(opening("mes-dashboard health").as_bytes()), Sender::Probe);
        assert_eq!(Sender::of(b"user\0postgres\0\0"), Sender::Refreshers);
    }
}
