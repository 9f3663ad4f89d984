use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const LIMITS: ConnectionLimits = ConnectionLimits {
    max_connections: 4,
    max_connections_per_client: 4,
    header_read: Duration::from_secs(5),
    write: Duration::from_secs(5),
    keep_alive: Duration::from_secs(20),
};
const TIMES: DrainTimes =
    DrainTimes { soft: Duration::from_millis(500), whole: Duration::from_secs(5) };

struct Running {
    address: std::net::SocketAddr,
    drain: Drain,
    server: JoinHandle<usize>,
    release: Arc<Notify>,
    entered: Arc<Notify>,
}

/// `/` responds immediately, `/slow` when it is released.
async fn running(limits: ConnectionLimits) -> Running {
    let (release, entered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (released, enters) = (release.clone(), entered.clone());
    let slow = move || {
        let (released, enters) = (released.clone(), enters.clone());
        async move {
            enters.notify_one();
            released.notified().await;
            "slow"
        }
    };
    let router = Router::new().route("/", get(async || "fast")).route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let drain = Drain::default();
    let server = tokio::spawn(serve_connections(listener, router, limits, drain.clone()));
    Running { address, drain, server, release, entered }
}

async fn ask(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// One answer whose body is `body`.
async fn answer(stream: &mut TcpStream, body: &str) -> String {
    let mut text = String::new();
    let mut chunk = [0; 512];
    while !text.ends_with(body) {
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
    }
    text
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = [0; 16];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut rest)).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test]
async fn a_request_on_a_kept_connection_is_answered_while_draining() {
    let running = running(LIMITS).await;
    let mut kept = TcpStream::connect(running.address).await.unwrap();
    ask(&mut kept, "/").await;
    assert!(!answer(&mut kept, "fast").await.contains("connection: close"));
    running.drain.begin(TIMES);
    ask(&mut kept, "/").await;
    assert!(answer(&mut kept, "fast").await.contains("connection: close"));
    assert!(is_closed(&mut kept).await);
    assert_eq!(running.server.await.unwrap(), 0);
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn a_client_that_did_not_know_yet_is_answered_in_the_soft_phase() {
    let running = running(LIMITS).await;
    let mut kept = TcpStream::connect(running.address).await.unwrap();
    ask(&mut kept, "/").await;
    answer(&mut kept, "fast").await;
    running.drain.begin(DrainTimes { soft: Duration::from_secs(20), ..TIMES });
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // The drain is on; time enough for the server to close the connection, if it were to.
    let early = tokio::time::timeout(Duration::from_millis(50), kept.read(&mut [0; 16])).await;
    assert!(early.is_err(), "it was closed under the client");
    ask(&mut kept, "/").await;
    assert!(answer(&mut kept, "fast").await.contains("connection: close"));
    assert_eq!(running.server.await.unwrap(), 0);
}

#[tokio::test]
async fn open_requests_finish_and_idle_connections_close() {
    let running = running(LIMITS).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    ask(&mut idle, "/").await;
    answer(&mut idle, "fast").await;
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    ask(&mut slow, "/slow").await;
    running.entered.notified().await;
    running.drain.begin(TIMES);
    assert!(is_closed(&mut idle).await);
    running.release.notify_one();
    answer(&mut slow, "slow").await;
    assert_eq!(running.server.await.unwrap(), 0);
}

#[tokio::test]
async fn what_never_ends_is_cut_off_at_the_deadline() {
    let short = Duration::from_millis(50);
    let running = running(LIMITS).await;
    let mut stuck = TcpStream::connect(running.address).await.unwrap();
    ask(&mut stuck, "/slow").await;
    running.entered.notified().await;
    running.drain.begin(DrainTimes { soft: short, whole: short });
    assert_eq!(running.server.await.unwrap(), 1);
    assert!(is_closed(&mut stuck).await);
}

#[tokio::test]
async fn a_header_that_never_ends_is_cut_off() {
    let running =
        running(ConnectionLimits { header_read: Duration::from_millis(100), ..LIMITS }).await;
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.unwrap();
    // Nothing but the server ends this, and long before its default of 30 s.
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(10), slow.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection was kept");
    assert!(!String::from_utf8_lossy(&rest).contains("fast"));
    running.drain.begin(TIMES);
    assert_eq!(running.server.await.unwrap(), 0);
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_a_place() {
    let running = running(ConnectionLimits { max_connections: 1, ..LIMITS }).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    ask(&mut first, "/slow").await;
    running.entered.notified().await;
    let mut second = TcpStream::connect(running.address).await.unwrap();
    ask(&mut second, "/").await;
    let early = tokio::time::timeout(Duration::from_millis(100), second.read(&mut [0; 16])).await;
    assert!(early.is_err(), "the second connection was served beside the first");
    running.release.notify_one();
    answer(&mut first, "slow").await;
    drop(first);
    answer(&mut second, "fast").await;
}

#[tokio::test]
async fn one_client_too_many_is_closed_and_the_others_are_served() {
    let running = running(ConnectionLimits { max_connections_per_client: 1, ..LIMITS }).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    ask(&mut first, "/slow").await;
    running.entered.notified().await;
    let mut second = TcpStream::connect(running.address).await.unwrap();
    // Closed without an answer; whether that is an end or a reset is the system's choice.
    assert!(!matches!(second.read(&mut [0; 16]).await, Ok(read) if read > 0));
    running.release.notify_one();
    answer(&mut first, "slow").await;
}

#[tokio::test]
async fn a_header_beyond_the_bound_is_refused() {
    let running = running(LIMITS).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    stream.write_all(&vec![b'a'; MOST_BUFFERED]).await.unwrap();
    let mut refusal = [0; 12];
    stream.read_exact(&mut refusal).await.unwrap();
    assert_eq!(&refusal, b"HTTP/1.1 431");
}

#[tokio::test]
async fn a_kept_connection_outlives_the_time_for_headers() {
    let limits = ConnectionLimits { header_read: Duration::from_millis(100), ..LIMITS };
    let running = running(limits).await;
    let mut kept = TcpStream::connect(running.address).await.unwrap();
    ask(&mut kept, "/").await;
    answer(&mut kept, "fast").await;
    let early = tokio::time::timeout(Duration::from_millis(500), kept.read(&mut [0; 16])).await;
    assert!(early.is_err(), "a proxy would still have used it");
    ask(&mut kept, "/").await;
    answer(&mut kept, "fast").await;
    // A header that has begun has its own time again.
    kept.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.unwrap();
    assert!(is_closed(&mut kept).await);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time() {
    let limits = ConnectionLimits { keep_alive: Duration::from_millis(200), ..LIMITS };
    let running = running(limits).await;
    let mut kept = TcpStream::connect(running.address).await.unwrap();
    ask(&mut kept, "/").await;
    answer(&mut kept, "fast").await;
    let since = tokio::time::Instant::now();
    assert!(is_closed(&mut kept).await);
    assert!(since.elapsed() < LIMITS.keep_alive);
    // One that is answered is not idle, however long that takes.
    let mut busy = TcpStream::connect(running.address).await.unwrap();
    ask(&mut busy, "/slow").await;
    let early = tokio::time::timeout(Duration::from_millis(600), busy.read(&mut [0; 16])).await;
    assert!(early.is_err(), "closed within an answer");
    running.release.notify_one();
    answer(&mut busy, "slow").await;
}

/// Signals when it is dropped.
struct Gone(Arc<Notify>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A server whose `/` is so many blocks of 64 KiB.
async fn large(write: Duration, blocks: usize) -> (std::net::SocketAddr, Arc<Notify>, Drain) {
    let gone = Arc::new(Notify::new());
    let told = gone.clone();
    let answer = move || {
        let guard = Gone(told.clone());
        let blocks = (0..blocks).map(move |_| {
            let _ = &guard;
            Ok::<_, std::convert::Infallible>(axum::body::Bytes::from_static(&[b'x'; 64 * 1024]))
        });
        async move { axum::body::Body::from_stream(futures_util::stream::iter(blocks)) }
    };
    let router = Router::new().route("/", get(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, drain) = (listener.local_addr().unwrap(), Drain::default());
    let limits = ConnectionLimits { write, ..LIMITS };
    tokio::spawn(serve_connections(listener, router, limits, drain.clone()));
    (address, gone, drain)
}

#[tokio::test]
async fn a_client_that_asks_and_does_not_read_is_cut_off() {
    let (address, gone, _drain) = large(Duration::from_millis(200), 16 * 1024).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    ask(&mut silent, "/").await;
    let ended = tokio::time::timeout(Duration::from_secs(20), gone.notified()).await;
    assert!(ended.is_ok(), "its answer is still held");
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_everything() {
    let (address, _gone, _drain) = large(Duration::from_secs(5), 256).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    ask(&mut slow, "/").await;
    let (mut block, mut read) = (vec![0; 512 * 1024], 0);
    while read < 256 * 64 * 1024 {
        let more = slow.read(&mut block).await.unwrap();
        assert_ne!(more, 0, "cut off after {read} bytes");
        read += more;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
