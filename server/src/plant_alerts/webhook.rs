//! Webhooks: one signed POST per event and address, as <https://www.standardwebhooks.com> describes.
//!
//! Redirects are not followed and no proxy is used: a request goes to the address of the settings
//! and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{StatusCode, header};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Url};
use xxhash_rust::xxh3::xxh3_64;

use crate::secret::Secret;

/// Longest pause between two attempts without a `Retry-After`.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Share of a pause that is added at random.
const JITTER_RATIO: f64 = 0.5;
/// Longest `Retry-After` that is followed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The receiver has it.
    Delivered,
    /// Another attempt may succeed, not before `after`.
    Retry { reason: String, after: Option<Duration> },
    /// No attempt would succeed.
    Refused(String),
}

/// Times of attempts.
#[derive(Clone, Copy, Debug)]
pub struct WebhookTimes {
    /// Longest time of an attempt.
    pub timeout: Duration,
    /// Pause after the first attempt that fails; each further one doubles it, up to ten minutes.
    pub first_pause: Duration,
}

impl WebhookTimes {
    /// How long to wait after so many attempts; `random` is uniform in 0..1.
    pub(super) fn pause(self, attempts: u32, random: f64) -> Duration {
        let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let pause = self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE);
        pause.mul_f64(1.0 + JITTER_RATIO * random.clamp(0.0, 1.0))
    }
}

/// Why an address can't be told. What follows its host is not part of the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    #[error("\"{0}\" is no address such as https://relay.plant.example/alerts")]
    Unreadable(String),
    #[error("the address at {0} has a user or a password in it; receivers check the signature")]
    Credentials(String),
}

/// An address that is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Names it in files without the address, which may hold a secret.
    pub(super) id: String,
    url: Url,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.shown())
    }
}

impl Target {
    /// # Errors
    /// It is no address of HTTP.
    pub fn new(address: &str) -> Result<Self, InvalidTarget> {
        let shown = || {
            let end = address.find("://").map_or(0, |at| at + 3);
            let host = address[end..].split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{}{host}", &address[..end])
        };
        let url = Url::parse(address).map_err(|_| InvalidTarget::Unreadable(shown()))?;
        if !["http", "https"].contains(&url.scheme()) || url.host().is_none() {
            return Err(InvalidTarget::Unreadable(shown()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidTarget::Credentials(shown()));
        }
        Ok(Self { id: format!("{:016x}", xxh3_64(address.as_bytes())), url })
    }

    /// Scheme, host and port: paths of webhooks are often secrets.
    pub fn shown(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether what is sent can be read on the way.
    pub fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    fn path(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }
}

/// Where and how events are sent.
#[derive(Clone)]
pub struct Webhooks {
    targets: Vec<Target>,
    key: Hmac<Sha256>,
    times: WebhookTimes,
    tls: Arc<ClientConfig>,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.targets.fmt(formatter)
    }
}

impl Webhooks {
    /// Sends to `targets` what is signed with `secret`: the bytes of the text, or of the base64 behind
    /// `whsec_`, as libraries for receivers write it.
    pub fn new(
        targets: Vec<Target>,
        secret: &Secret,
        times: WebhookTimes,
        tls: Arc<ClientConfig>,
    ) -> Self {
        let text = secret.expose();
        let coded = text.strip_prefix("whsec_").and_then(|rest| STANDARD.decode(rest).ok());
        let key = coded.as_deref().unwrap_or(text.as_bytes());
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let key = Hmac::new_from_slice(key).expect("a key of any length");
        Self { targets, key, times, tls }
    }

    /// The addresses.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Times of attempts.
    pub(super) fn times(&self) -> WebhookTimes {
        self.times
    }

    /// Their ids.
    pub(super) fn ids(&self) -> Vec<String> {
        self.targets.iter().map(|target| target.id.clone()).collect()
    }

    fn signature(&self, id: &str, at: i64, body: &[u8]) -> String {
        let mut mac = self.key.clone();
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// Sends a body once; never waits for longer than the timeout.
    pub(super) async fn send(
        &self,
        target: &Target,
        id: &str,
        at: Timestamp,
        body: Vec<u8>,
    ) -> Outcome {
        let sent =
            tokio::time::timeout(self.times.timeout, self.exchange(target, id, at, body)).await;
        match sent {
            Ok(Ok(answer)) => judged(&answer),
            Ok(Err(cause)) => Outcome::Retry { reason: cause.to_string(), after: None },
            Err(_) => {
                let reason = format!("no answer within {} ms", self.times.timeout.as_millis());
                Outcome::Retry { reason, after: None }
            }
        }
    }

    async fn exchange(
        &self,
        target: &Target,
        id: &str,
        at: Timestamp,
        body: Vec<u8>,
    ) -> Result<hyper::http::response::Parts, Box<dyn std::error::Error + Send + Sync>> {
        let url = &target.url;
        let port = url.port_or_known_default().unwrap_or(443);
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        };
        let at = at.as_second();
        let request = hyper::Request::post(target.path())
            .header(header::HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("mes-dashboard/", env!("CARGO_PKG_VERSION")))
            .header(header::CONNECTION, "close")
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", self.signature(id, at, &body))
            .body(Full::new(Bytes::from(body)))?;
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        if target.is_plain() {
            return Ok(over(stream, request).await?);
        }
        let connector = TlsConnector::from(self.tls.clone());
        Ok(over(connector.connect(ServerName::try_from(host)?, stream).await?, request).await?)
    }
}

async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: hyper::Request<Full<Bytes>>,
) -> hyper::Result<hyper::http::response::Parts> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let _driver = AbortOnDropHandle::new(tokio::spawn(connection));
    // What the receiver answers besides its status is not read.
    Ok(sender.send_request(request).await?.into_parts().0)
}

/// What an answer means: 408, 425, 429 and 5xx may succeed later, other failures won't.
fn judged(answer: &hyper::http::response::Parts) -> Outcome {
    let status = answer.status;
    if status.is_success() {
        return Outcome::Delivered;
    }
    let reason = format!("the receiver answered {}", status.as_u16());
    let is_passing =
        [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if !status.is_server_error() && !is_passing.contains(&status) {
        return Outcome::Refused(reason);
    }
    let seconds = answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after = seconds.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    Outcome::Retry { reason, after: after.map(|after| after.min(LONGEST_RETRY_AFTER)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: WebhookTimes =
        WebhookTimes { timeout: Duration::from_secs(1), first_pause: Duration::from_secs(5) };

    fn webhooks(secret: &str) -> Webhooks {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = tls.unwrap().with_root_certificates(rustls::RootCertStore::empty());
        let tls = Arc::new(tls.with_no_client_auth());
        Webhooks::new(Vec::new(), &Secret::from(secret), TIMES, tls)
    }

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The example of its specification.
        let signed = webhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").signature(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let other = webhooks("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").signature("a", 1, b"{}");
        assert_ne!(other, webhooks("another").signature("a", 1, b"{}"));
    }

    #[test]
    fn addresses_are_of_http_and_show_no_path() {
        let target =
            Target::new("https://relay.plant.example:8443/hook/s3cret?key=s3cret").unwrap();
        assert_eq!(target.shown(), "https://relay.plant.example:8443");
        assert!(!format!("{target:?}").contains("s3cret"));
        assert_eq!(target.path(), "/hook/s3cret?key=s3cret");
        for wrong in [
            "",
            "relay",
            "ftp://relay/s3cret",
            "file:///etc/passwd",
            "https://",
            "https://chen:s3cret@relay/x",
        ] {
            let error = Target::new(wrong).unwrap_err().to_string();
            assert!(!error.contains("s3cret") && !error.contains("chen"), "{error}");
        }
    }

    #[test]
    fn pauses_double_up_to_ten_minutes() {
        let seconds: Vec<u64> =
            (1..=12).map(|attempts| TIMES.pause(attempts, 0.0).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600]);
        assert_eq!(TIMES.pause(1, 1.0), Duration::from_millis(7_500));
        assert!(TIMES.pause(u32::MAX, 1.0) <= Duration::from_secs(900));
    }

    #[test]
    fn only_what_may_pass_is_sent_again() {
        let outcome = |status: u16, after: &str| {
            let answer = hyper::Response::builder().status(status).header("retry-after", after);
            judged(&answer.body(()).unwrap().into_parts().0)
        };
        assert_eq!(outcome(204, ""), Outcome::Delivered);
        for status in [301, 400, 401, 404, 410, 413] {
            assert!(matches!(outcome(status, "5"), Outcome::Refused(_)), "{status}");
        }
        for (status, after, wait) in
            [(500, "", None), (503, "7", Some(7)), (429, "999999", Some(3600)), (502, "soon", None)]
        {
            let wait = wait.map(Duration::from_secs);
            let Outcome::Retry { after, .. } = outcome(status, after) else { panic!("{status}") };
            assert_eq!(after, wait, "{status}");
        }
    }
}
