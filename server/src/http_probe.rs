//! Probes a server of this program on this machine.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

/// Whether a GET of `path` succeeds within the timeout.
pub async fn answers(address: SocketAddr, path: &str, within: Duration) -> bool {
    tokio::time::timeout(within, ask(address, path)).await.is_ok_and(|answer| answer.is_some())
}

async fn ask(address: SocketAddr, path: &str) -> Option<()> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    // Spawned: the connection may close together with the response, which still counts.
    let _driver = AbortOnDropHandle::new(tokio::spawn(connection));
    let request = hyper::Request::get(path)
        .header(hyper::header::HOST, address.to_string())
        .header(hyper::header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .ok()?;
    let answer = sender.send_request(request).await.ok()?;
    answer.status().is_success().then_some(())
}

/// The address that a local client reaches a server on that is bound to `bound`.
pub fn reached_at(bound: SocketAddr) -> SocketAddr {
    match bound {
        SocketAddr::V4(_) if bound.ip().is_unspecified() => {
            (std::net::Ipv4Addr::LOCALHOST, bound.port()).into()
        }
        SocketAddr::V6(_) if bound.ip().is_unspecified() => {
            (std::net::Ipv6Addr::LOCALHOST, bound.port()).into()
        }
        _ => bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_reached_on_this_machine() {
        for (bound, reached) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("10.0.0.5:80", "10.0.0.5:80"),
        ] {
            assert_eq!(reached_at(bound.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
