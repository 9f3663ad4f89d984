//! | variable | meaning | default |
//! |---|---|---|
//! | `HTTP_MAX_CONNECTIONS` | connections at one time | 10000 |
//! | `HTTP_MAX_CONNECTIONS_PER_CLIENT` | connections of one address; 0 for any number, as behind `TRUSTED_PROXIES` | 2000 |
//! | `HTTP_HEADER_READ_TIMEOUT` | s for the whole header of a request | 30 |
//! | `HTTP_KEEP_ALIVE_TIMEOUT` | s between two requests; longer than a proxy keeps a connection | 90 |
//! | `HTTP_WRITE_TIMEOUT` | s in which a client takes nothing of its answer | 30 |
//! | `HTTP_MAX_EVENT_STREAMS_PER_CLIENT` | event streams of one user, or of one address without a user; 0 for any number | 200 |
//! | `HTTP_BODY_READ_TIMEOUT` | s of silence inside a request's body | 30 |
//! | `SHUTDOWN_TIMEOUT` | s for everything after a stop was asked for | 15 |
//! | `TRUSTED_PROXIES` | proxies in front that add to `X-Forwarded-For` | 0 |
//! | `API_RATE_LIMIT_MAX_REQUESTS` · `_WINDOW_SECONDS` | reads of published data, a client | 12000 · 60 |
//! | `QUERY_RATE_LIMIT_MAX_REQUESTS` · `_WINDOW_SECONDS` | what queries the database, a client | 120 · 60 |
//! | `EXPORT_RATE_LIMIT_MAX_REQUESTS` · `_WINDOW_SECONDS` | exports, a client | 20 · 60 |
//! | `COMMAND_RATE_LIMIT_MAX_REQUESTS` · `_WINDOW_SECONDS` | changes, a client | 30 · 60 |
//!
//! A maximum of 0 turns a limit off. A burst may use the whole maximum; it refills evenly over the
//! window.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::http::exposure::EventStreams;
use crate::http::rate_limit::RateBudget;
use crate::http::rate_limit::RateBudgets;
use crate::serving::{ConnectionLimits, Places};

/// What clients may take.
#[derive(Args, Clone, Debug)]
pub struct LimitSettings {
    /// Connections at one time; more wait in the system's queue
    #[arg(long, env = "HTTP_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub http_max_connections: u32,
    /// Connections of one client at one time, more are closed; 0 for any number, as behind proxies
    #[arg(long, env = "HTTP_MAX_CONNECTIONS_PER_CLIENT", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub http_max_connections_per_client: u32,
    /// Seconds for the whole header of a request
    #[arg(long, env = "HTTP_HEADER_READ_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub http_header_read_timeout: u64,
    /// Seconds between two requests on a kept connection; longer than a proxy in front keeps one (nginx: 60)
    #[arg(long, env = "HTTP_KEEP_ALIVE_TIMEOUT", default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub http_keep_alive_timeout: u64,
    /// Seconds in which a client takes nothing of its answer, after which it is closed
    #[arg(long, env = "HTTP_WRITE_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub http_write_timeout: u64,
    /// Event streams of one user, or of one address whose visitors are not signed in; 0 for any number
    #[arg(long, env = "HTTP_MAX_EVENT_STREAMS_PER_CLIENT", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub http_max_event_streams_per_client: u32,
    /// Seconds of silence inside a request's body
    #[arg(long, env = "HTTP_BODY_READ_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub http_body_read_timeout: u64,
    /// Seconds for everything after a stop was asked for
    #[arg(long, env = "SHUTDOWN_TIMEOUT", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=40))]
    pub shutdown_timeout: u64,
    /// Proxies in front of the server that add to X-Forwarded-For; 0 takes the connection's address
    #[arg(long, env = "TRUSTED_PROXIES", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=10))]
    pub trusted_proxies: u8,
    /// Reads of published data that a client may make in a window; 0 for any number
    #[arg(long, env = "API_RATE_LIMIT_MAX_REQUESTS", default_value_t = 12_000)]
    pub api_rate_limit_max_requests: u32,
    /// Seconds of that window
    #[arg(long, env = "API_RATE_LIMIT_WINDOW_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub api_rate_limit_window_seconds: u32,
    /// Database queries that a client may make in a window; 0 for any number
    #[arg(long, env = "QUERY_RATE_LIMIT_MAX_REQUESTS", default_value_t = 120)]
    pub query_rate_limit_max_requests: u32,
    /// Seconds of that window
    #[arg(long, env = "QUERY_RATE_LIMIT_WINDOW_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub query_rate_limit_window_seconds: u32,
    /// Exports that a client may make in a window; 0 for any number
    #[arg(long, env = "EXPORT_RATE_LIMIT_MAX_REQUESTS", default_value_t = 20)]
    pub export_rate_limit_max_requests: u32,
    /// Seconds of that window
    #[arg(long, env = "EXPORT_RATE_LIMIT_WINDOW_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub export_rate_limit_window_seconds: u32,
    /// Changes that a client may make in a window; 0 for any number
    #[arg(long, env = "COMMAND_RATE_LIMIT_MAX_REQUESTS", default_value_t = 30)]
    pub command_rate_limit_max_requests: u32,
    /// Seconds of that window
    #[arg(long, env = "COMMAND_RATE_LIMIT_WINDOW_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub command_rate_limit_window_seconds: u32,
}

impl LimitSettings {
    /// What connections may take.
    pub fn connections(&self) -> ConnectionLimits {
        ConnectionLimits {
            max_connections: self.http_max_connections as usize,
            max_connections_per_client: match self.http_max_connections_per_client {
                0 => usize::MAX,
                // All of a proxy's connections come from one address.
                _ if self.trusted_proxies > 0 => usize::MAX,
                most => most as usize,
            },
            header_read: Duration::from_secs(self.http_header_read_timeout),
            write: Duration::from_secs(self.http_write_timeout),
            keep_alive: Duration::from_secs(self.http_keep_alive_timeout),
        }
    }

    /// Event streams by visitor.
    pub fn event_streams(&self) -> Arc<EventStreams> {
        Places::new(self.http_max_event_streams_per_client as usize)
    }

    /// Longest silence inside a request's body.
    pub fn body_read(&self) -> Duration {
        Duration::from_secs(self.http_body_read_timeout)
    }

    /// Whether one client may take any number of something.
    pub fn is_without_limit(&self) -> bool {
        let is_behind_proxies = self.trusted_proxies > 0;
        [
            self.http_max_event_streams_per_client,
            self.api_rate_limit_max_requests,
            self.query_rate_limit_max_requests,
            self.export_rate_limit_max_requests,
            self.command_rate_limit_max_requests,
        ]
        .contains(&0)
            || (self.http_max_connections_per_client == 0 && !is_behind_proxies)
    }

    /// Time for everything after a stop was asked for.
    pub fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_timeout)
    }

    /// Requests that a client may make.
    pub fn budgets(&self) -> RateBudgets {
        let of = |max_requests, window_secs| RateBudget { max_requests, window_secs };
        RateBudgets {
            read: of(self.api_rate_limit_max_requests, self.api_rate_limit_window_seconds),
            query: of(self.query_rate_limit_max_requests, self.query_rate_limit_window_seconds),
            export: of(self.export_rate_limit_max_requests, self.export_rate_limit_window_seconds),
            command: of(
                self.command_rate_limit_max_requests,
                self.command_rate_limit_window_seconds,
            ),
        }
    }
}
