//! `oauth2`'s requests over our own client: traced, without redirects, and with a limit.

use oauth2::{HttpRequest, HttpResponse};
use reqwest::{Request, RequestBuilder, Response, StatusCode};
use std::{error::Error, pin::Pin};
use url::form_urlencoded::byte_serialize;

/// Tokens and documents have a few kilobytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Route names for spans.
const TOKEN: &str = "/oauth2/token";
pub(super) const REVOKE: &str = "/oauth2/revoke";

/// An answer to come.
type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send>>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    /// Nobody answers, or a server says that it cannot (5xx, 429).
    #[error("{0}")]
    Unreachable(String),
    /// The answer is longer than any that makes sense.
    #[error("the answer is too long")]
    TooLong,
}

/// `oauth2`'s asynchronous HTTP client for the token endpoint: any function from request to answer.
pub(super) fn token(http: &reqwest::Client) -> impl Fn(HttpRequest) -> Answer + use<> {
    let http = http.clone();
    move |request| Box::pin(call(http.clone(), request, TOKEN))
}

async fn call(
    http: reqwest::Client,
    request: HttpRequest,
    route: &'static str,
) -> Result<HttpResponse, TransportError> {
    let request = Request::try_from(request).map_err(|error| unreachable(&error))?;
    let request = RequestBuilder::from_parts(http, request);
    let mut response =
        telemetry::http_client::send(request, route).await.map_err(|error| unreachable(&error))?;
    refuse_outage(response.status())?;
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    std::mem::swap(answer.headers_mut(), response.headers_mut());
    *answer.body_mut() = body(response).await?;
    Ok(answer)
}

/// Reads a document.
pub(super) async fn get(
    http: &reqwest::Client,
    url: url::Url,
    route: &'static str,
) -> Result<Vec<u8>, TransportError> {
    let response = telemetry::http_client::send(http.get(url), route)
        .await
        .map_err(|error| unreachable(&error))?;
    match response.status() {
        StatusCode::OK => body(response).await,
        status => Err(TransportError::Unreachable(format!("{route} answers {status}"))),
    }
}

/// Sends a form, with a user and a password where there are some, where only the status of the answer tells something.
pub(super) async fn post(
    http: &reqwest::Client,
    url: url::Url,
    form: &[(&str, String)],
    basic: Option<(&str, &str)>,
    route: &'static str,
) -> Result<StatusCode, TransportError> {
    let mut request = http.post(url).form(form);
    if let Some((user, password)) = basic {
        // Encoded like a form before it is encoded as Basic (RFC 6749, section 2.3.1).
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        request = request.basic_auth(encoded(user), Some(encoded(password)));
    }
    let response =
        telemetry::http_client::send(request, route).await.map_err(|error| unreachable(&error))?;
    refuse_outage(response.status())?;
    Ok(response.status())
}

async fn body(mut response: Response) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(TransportError::TooLong);
        }
    }
    Ok(body)
}

fn refuse_outage(status: StatusCode) -> Result<(), TransportError> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(TransportError::Unreachable(format!("it answers {status}")));
    }
    Ok(())
}

/// The innermost cause, such as "Connection refused": the text around it only repeats the layers.
fn unreachable(error: &reqwest::Error) -> TransportError {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    TransportError::Unreachable(cause.to_string())
}
