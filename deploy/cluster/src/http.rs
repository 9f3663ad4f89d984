//! A client as a browser is one: it keeps its connection and its cookies.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

/// Longest wait for a response: longer than any limit of the servers.
const PATIENCE: Duration = Duration::from_secs(40);

/// An address, and the certificate that is expected there.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
}

impl Origin {
    /// A server without TLS.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }

    /// A server with exactly this certificate.
    ///
    /// # Errors
    /// The file has no certificate.
    pub(crate) fn with_certificate(address: SocketAddr, file: &Path) -> Result<Self, String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let certificate = CertificateDer::from_pem_file(file).map_err(|error| told(&error))?;
        let mut trusted = RootCertStore::empty();
        trusted.add(certificate).map_err(|error| told(&error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| told(&error))?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        Ok(Self { address, tls: Some(Arc::new(config)) })
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header as text; empty where it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _driver: AbortOnDropHandle<()>,
}

/// A client.
pub(crate) struct Client {
    origin: Origin,
    /// The address of this machine that it comes from.
    from: IpAddr,
    cookies: BTreeMap<String, String>,
    connection: Option<Connection>,
}

impl Client {
    pub(crate) fn new(origin: Origin) -> Self {
        Self::coming_from(origin, Ipv4Addr::LOCALHOST)
    }

    /// A client at an address of its own, so that limits per client count it alone.
    pub(crate) fn coming_from(origin: Origin, from: Ipv4Addr) -> Self {
        Self { origin, from: from.into(), cookies: BTreeMap::new(), connection: None }
    }

    /// Sends a GET.
    ///
    /// # Errors
    /// There is no whole response.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.send(&Method::GET, path, &[], Bytes::new()).await
    }

    /// Signs in, and keeps the session's cookie.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Result<(), String> {
        let body = serde_json::json!({ "username": name, "password": password }).to_string();
        let sent = [(CONTENT_TYPE.as_str(), "application/json")];
        let answer = self.send(&Method::POST, "/api/session", &sent, body.into()).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        Err(format!("{name} can't sign in at {}: {} {said}", self.origin, answer.status))
    }

    /// The same client with the same cookies, at another server.
    pub(crate) fn at(&self, origin: Origin) -> Self {
        Self { origin, from: self.from, cookies: self.cookies.clone(), connection: None }
    }

    async fn send(
        &mut self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, String> {
        let kept = self.connection.is_some();
        let sent = |this: &Self| this.request(method, path, headers, body.clone());
        let request = sent(self)?;
        let first = self.exchange(request).await;
        let answer = match first {
            // A connection that was closed meanwhile took nothing: browsers open another one.
            Err(Lost { was_sent: false, .. }) if kept => {
                let request = sent(self)?;
                self.exchange(request).await
            }
            other => other,
        };
        let answer = answer.map_err(|lost| lost.why)?;
        self.keep_cookies(&answer.headers);
        Ok(answer)
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, String> {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(HOST, self.origin.address.to_string());
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::new(body)).map_err(|error| error.to_string())
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, Lost> {
        let exchanged = tokio::time::timeout(PATIENCE, self.exchange_once(request)).await;
        let answer = exchanged.unwrap_or_else(|_| {
            Err(Lost { was_sent: true, why: format!("silent for {} s", PATIENCE.as_secs()) })
        });
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    async fn exchange_once(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, Lost> {
        let mut kept = self.connection.take();
        if let Some(connection) = &mut kept
            && connection.sender.ready().await.is_err()
        {
            kept = None;
        }
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect().await.map_err(|why| Lost { was_sent: false, why })?,
        };
        let lost = |error: hyper::Error| Lost {
            was_sent: !error.is_canceled(),
            why: format!("no whole response: {error}"),
        };
        let response = connection.sender.send_request(request).await.map_err(lost)?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(lost)?.to_bytes();
        self.connection = Some(connection);
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    async fn connect(&self) -> Result<Connection, String> {
        let told = |error: std::io::Error| format!("no connection to {}: {error}", self.origin);
        let socket = TcpSocket::new_v4().map_err(told)?;
        socket.bind((self.from, 0).into()).map_err(told)?;
        let stream = socket.connect(self.origin.address).await.map_err(told)?;
        stream.set_nodelay(true).map_err(told)?;
        match &self.origin.tls {
            None => handshake(stream).await,
            Some(config) => {
                let name = ServerName::IpAddress(self.origin.address.ip().into());
                let connector = TlsConnector::from(config.clone());
                handshake(connector.connect(name, stream).await.map_err(told)?).await
            }
        }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap_or_default();
            let pair = text.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            if value.is_empty() || text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A request without a response.
struct Lost {
    /// Whether the server may have seen it.
    was_sent: bool,
    why: String,
}

async fn handshake(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
) -> Result<Connection, String> {
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let driver = tokio::spawn(async move {
        // A caller that waits for a response gets the error.
        let _ = connection.await;
    });
    Ok(Connection { sender, _driver: AbortOnDropHandle::new(driver) })
}
