//! Who sits at the other end: the browser's cookies, its languages, its address.

use crate::{App, device, reader::Preference};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{convert::Infallible, net::SocketAddr};

/// What a request tells about the browser.
#[cfg_attr(test, derive(Default))]
pub(crate) struct Browser {
    /// Ties forms to this browser. New when the request brought none.
    pub(crate) id: String,
    /// Whether the request brought it.
    pub(crate) known: bool,
    /// What it tells about its reader's languages.
    pub(crate) preference: Preference,
    /// The User-Agent header, cut to 256 characters.
    pub(crate) user_agent: String,
    /// The address that it asks from, as far as trusted proxies tell.
    pub(crate) ip: String,
    /// What identity gave it at an earlier sign-in.
    pub(crate) device_token: String,
    /// Its sign-ins in progress, sealed.
    pub(crate) starts: Vec<String>,
    /// That its login is remembered, sealed.
    pub(crate) remembered: String,
}

impl FromRequestParts<App> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        let sent = app.forms.browser_id(headers);
        Ok(Self {
            known: sent.is_some(),
            id: sent.unwrap_or_else(random_id),
            preference: Preference::of(app.cookies, headers),
            user_agent: text(headers, header::USER_AGENT).chars().take(256).collect(),
            ip: parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|ConnectInfo(peer)| app.proxies.client(peer.ip(), headers).to_string())
                .unwrap_or_default(),
            device_token: device::token(app.cookies, headers),
            starts: app.starts.sent(headers),
            remembered: app.remembering.sent(headers),
        })
    }
}

/// A header's text, or nothing.
pub(crate) fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

pub(crate) fn random_id() -> String {
    let mut bytes = [0; 32];
    // Cannot fail once the process runs; zeros would still need our key to be of use.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) const fn random_id_length() -> usize {
    (32 * 8usize).div_ceil(6)
}
