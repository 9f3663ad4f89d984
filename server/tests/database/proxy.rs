//! A TCP proxy that breaks things on demand, for the connections it has and for new ones.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Every piece of data comes later.
    Latency(Duration),
    /// Connections are taken and nothing ever comes: a black hole.
    Stall,
    /// Connections are reset, new ones too.
    Reset,
    /// The answers end, in good order; questions are still taken.
    HalfClose,
    /// Connections are reset once they have answered so many more bytes.
    ByteLimit(usize),
}

/// The proxy; ends with the test's runtime.
pub struct Proxy {
    pub port: u16,
    fault: watch::Sender<Fault>,
    abandoned: watch::Sender<()>,
    /// Bytes that clients sent, plus one for each connection.
    asked: Arc<AtomicU64>,
}

impl Proxy {
    /// In front of a port of this machine.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (fault, faults) = watch::channel(Fault::None);
        let (abandoned, abandon) = watch::channel(());
        let asked = Arc::new(AtomicU64::new(0));
        let counter = asked.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let mut abandon = abandon.clone();
                abandon.mark_unchanged();
                tokio::spawn(serve(client, target, faults.clone(), abandon, counter.clone()));
            }
        });
        Self { port, fault, abandoned, asked }
    }

    /// From now on.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// The connections of now never move a byte again, nor end; new ones are well.
    pub fn abandon(&self) {
        self.abandoned.send_replace(());
    }

    /// Grows with everything that clients send.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

async fn serve(
    mut client: TcpStream,
    target: u16,
    faults: watch::Receiver<Fault>,
    mut abandon: watch::Receiver<()>,
    asked: Arc<AtomicU64>,
) {
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    let is_reset = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let questions = pump(from_client, to_server, faults.clone(), Some(&asked));
        let answers = pump(from_server, to_client, faults, None);
        tokio::pin!(questions, answers);
        tokio::select! {
            end = &mut questions => end == End::Reset || answers.await == End::Reset,
            end = &mut answers => end == End::Reset || questions.await == End::Reset,
            Ok(()) = abandon.changed() => std::future::pending().await,
        }
    };
    if is_reset {
        // The system sends a reset for what is closed without lingering.
        client.set_zero_linger().unwrap();
    }
}

#[derive(PartialEq, Eq)]
enum End {
    Closed,
    Reset,
}

/// Moves data one way; `asked` counts it and marks the client's side.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut faults: watch::Receiver<Fault>,
    asked: Option<&AtomicU64>,
) -> End {
    let is_answer = asked.is_none();
    let mut answered_under_limit = 0;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let fault = *faults.borrow_and_update();
        match fault {
            Fault::Reset => return End::Reset,
            Fault::HalfClose if is_answer => {
                // The far end may have closed already.
                let _ = to.shutdown().await;
                return End::Closed;
            }
            Fault::Stall => {
                if faults.changed().await.is_err() {
                    return End::Closed;
                }
                continue;
            }
            _ => {}
        }
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            changed = faults.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return End::Closed,
            },
        };
        let length = match read {
            Ok(0) | Err(_) => {
                let _ = to.shutdown().await;
                return End::Closed;
            }
            Ok(length) => length,
        };
        if let Some(asked) = asked {
            asked.fetch_add(length as u64, Ordering::SeqCst);
        }
        let mut passed = length;
        match fault {
            Fault::Latency(time) => tokio::time::sleep(time).await,
            Fault::ByteLimit(limit) if is_answer => {
                passed = length.min(limit.saturating_sub(answered_under_limit));
                answered_under_limit += passed;
            }
            _ => {}
        }
        if to.write_all(&buffer[..passed]).await.is_err() {
            return End::Closed;
        }
        if passed < length {
            return End::Reset;
        }
    }
}
