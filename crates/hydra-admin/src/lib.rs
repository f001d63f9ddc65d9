//! A typed client of Ory Hydra's admin API (v2.3). Every call is a traced HTTP request, and every
//! way it can fail is told apart. What to do about a failure is the caller's business.

mod challenge;
mod clients;
mod consent;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod failures;
mod login;
mod logout;
mod tokens;

pub use challenge::Challenge;
pub use clients::{Client, ClientPage, web};
pub use consent::{AcceptConsent, ConsentRequest, ConsentSession, GrantedRequest, Session};
pub use login::{AcceptLogin, HintedClaims, LoginRequest, OidcContext};
pub use logout::LogoutRequest;
pub use tokens::{Code, Introspection, Tokens};

use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use url::Url;

/// Hydra answers with a few kilobytes; what is longer is not Hydra.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How often a call is tried that does not get through.
const TRIES: usize = 2;

/// Why a call to Hydra failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Hydra does not know the challenge, client or session (404), or cannot read it (400).
    #[error("Hydra does not know what was asked for ({0})")]
    Unknown(StatusCode),
    /// The challenge is older than Hydra's `ttl.login_consent_request` (401).
    #[error("the challenge has expired")]
    Expired,
    /// The challenge was used before; the browser may go on to this address (410).
    #[error("the challenge was used before")]
    Handled(Url),
    /// Hydra refuses a client's metadata, and says why (400).
    #[error("Hydra refuses the client: {0}")]
    Invalid(String),
    /// The client's id is taken (409).
    #[error("a client has this id")]
    Taken,
    /// Hydra refuses what we sent (any other 4xx, and 400 to an accept or reject): a defect of ours, or
    /// another version of Hydra.
    #[error("Hydra refuses the request: {0}")]
    Refused(StatusCode),
    /// Hydra does not answer, or says that it cannot (5xx). Worth another try.
    #[error("Hydra cannot be reached: {0}")]
    Unreachable(String),
    /// What came back is not an answer of Hydra's.
    #[error("not an answer of Hydra's: {0}")]
    Unexpected(&'static str),
}

/// Hydra's admin API at one address. Cheap to clone: clones share their connections.
#[derive(Debug, Clone)]
pub struct HydraAdmin {
    http: reqwest::Client,
    admin: Url,
    public: Url,
    backchannel: Url,
}

/// What a rejection tells the client app (RFC 6749, section 4.1.2.1).
#[derive(Debug, Clone, Serialize)]
pub struct Reject {
    /// The error code, such as `access_denied`.
    pub error: &'static str,
    /// One sentence for the app's developer.
    pub error_description: &'static str,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

#[derive(Deserialize)]
struct Redirect {
    redirect_to: String,
}

impl HydraAdmin {
    /// A client for the admin API at `admin`. `public` is the address that browsers know Hydra by
    /// (its issuer): Hydra's answers may send a browser nowhere else.
    ///
    /// Fails where the system has no certificate store.
    pub fn new(admin: Url, public: Url, timeout: Duration) -> reqwest::Result<Self> {
        let (http, backchannel) = (telemetry::http_client::client(timeout)?, public.clone());
        Ok(Self { http, admin, public, backchannel })
    }

    /// Reaches the public API at another scheme, host and port than browsers do.
    #[must_use]
    pub fn with_backchannel(mut self, public: Url) -> Self {
        self.backchannel = public;
        self
    }

    /// The address that browsers know Hydra by.
    #[must_use]
    pub fn public(&self) -> &Url {
        &self.public
    }

    /// Whether Hydra and its database answer.
    pub async fn ready(&self) -> Result<(), Error> {
        self.send(self.http.get(self.url("/health/ready")), "/health/ready").await.map(drop)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.admin.clone();
        url.set_path(path);
        url
    }

    fn public_url(&self, path: &str) -> Url {
        let mut url = self.backchannel.clone();
        url.set_path(path);
        url
    }

    /// An answer to a challenge that was read before: 400 is about what we sent with it.
    async fn redirect(&self, request: RequestBuilder, route: &'static str) -> Result<Url, Error> {
        let answer = self.json(request, route).await.map_err(|error| match error {
            Error::Unknown(status @ StatusCode::BAD_REQUEST) => Error::Refused(status),
            other => other,
        });
        let Redirect { redirect_to } = answer?;
        self.at_hydra(&redirect_to)
    }

    /// An answer that sends the browser elsewhere is not followed: it would carry a verifier away.
    /// A used logout challenge comes with a path only.
    fn at_hydra(&self, to: &str) -> Result<Url, Error> {
        let to = self.public.join(to).map_err(|_| Error::Unexpected("a redirect to nowhere"))?;
        if to.origin() == self.public.origin() {
            Ok(to)
        } else {
            Err(Error::Unexpected("a redirect that leaves Hydra's public address"))
        }
    }

    async fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        route: &'static str,
    ) -> Result<T, Error> {
        let body = self.send(request, route).await?;
        serde_json::from_slice(&body).map_err(|_| Error::Unexpected("JSON of another shape"))
    }

    async fn send(&self, request: RequestBuilder, route: &'static str) -> Result<Vec<u8>, Error> {
        Ok(self.exchange(request, route, LARGEST_ANSWER).await?.1)
    }

    /// Sends a request, and returns the headers and the body of a good answer.
    async fn exchange(
        &self,
        request: RequestBuilder,
        route: &'static str,
        largest: usize,
    ) -> Result<(HeaderMap, Vec<u8>), Error> {
        let Answer { status, headers, body } = self.answer(request, route, largest).await?;
        match status {
            status if status.is_success() => Ok((headers, body)),
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Err(Error::Unknown(status)),
            StatusCode::UNAUTHORIZED => Err(Error::Expired),
            StatusCode::GONE => match serde_json::from_slice::<Redirect>(&body) {
                Ok(Redirect { redirect_to }) => Err(Error::Handled(self.at_hydra(&redirect_to)?)),
                Err(_) => Err(Error::Unexpected("410 without an address to go on to")),
            },
            status if status.is_client_error() => Err(Error::Refused(status)),
            status => Err(Error::Unreachable(format!("it answers {status}"))),
        }
    }

    /// Any answer of at most so many bytes.
    async fn answer(
        &self,
        request: RequestBuilder,
        route: &'static str,
        largest: usize,
    ) -> Result<Answer, Error> {
        let unreachable = |error: reqwest::Error| Error::Unreachable(reason(&error));
        let answer =
            telemetry::http_client::send_again(request, route, TRIES, is_worth_another).await;
        let mut response = answer.map_err(unreachable)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| unreachable(error.without_url()))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > largest {
                return Err(Error::Unexpected("an answer that is too long"));
            }
        }
        Ok(Answer { status, headers, body })
    }
}

/// Where nothing was sent, nothing can happen twice. A connection that ended without an answer may have
/// been closed just before: what is idempotent can be sent again then (RFC 9110, section 9.2.2).
fn is_worth_another(error: &reqwest::Error, method: &Method) -> bool {
    let may_have_arrived = !error.is_connect();
    error.is_request() && !error.is_timeout() && (method.is_idempotent() || !may_have_arrived)
}

/// The innermost cause, such as "Connection refused": reqwest's own text only repeats the layers.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
