//! The origin of a request.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};

use super::caller::Caller;
use super::error::ApiError;
use super::rate_limit::ClientAddress;
use crate::auth::cookie::{CookieUse, Sent};

/// Extractor: network address, user agent and device cookie of a request.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Network address.
    pub address: IpAddr,
    pub user_agent: String,
    /// The device cookie, unchecked.
    pub device: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        let agent = parts.headers.get(header::USER_AGENT).map(HeaderValue::as_bytes);
        Ok(Self {
            // Without a connection the request was made inside the process.
            address: address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            user_agent: String::from_utf8_lossy(agent.unwrap_or_default()).into_owned(),
            device: match caller.cookies().sent(CookieUse::Device, &parts.headers) {
                Sent::One(cookie) => Some(cookie.to_owned()),
                Sent::Nothing | Sent::Several => None,
            },
        })
    }
}
