//! `oauth2`'s requests over our own client: traced, without redirects, and with a limit.

use oauth2::{HttpRequest, HttpResponse};
use reqwest::{Method, Request, RequestBuilder, Response, StatusCode};
use std::{error::Error, pin::Pin};
use url::form_urlencoded::byte_serialize;

/// Tokens and documents have a few kilobytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Connections that are tried for one request.
const TRIES: usize = 3;

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
    let mut response = send(request, route).await?;
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
    let response = send(http.get(url), route).await?;
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
    let response = send(request, route).await?;
    refuse_outage(response.status())?;
    Ok(response.status())
}

/// Sends a request. Where no connection was made nobody has heard it, and the next one may lead to another
/// replica; what may have been heard is not sent again, since a code is good for one use.
async fn send(request: RequestBuilder, route: &'static str) -> Result<Response, TransportError> {
    let unheard = |error: &reqwest::Error, _: &Method| error.is_connect() && !error.is_timeout();
    let answer = telemetry::http_client::send_again(request, route, TRIES, unheard).await;
    answer.map_err(|error| unreachable(&error))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::SocketAddr, time::Duration};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
    };

    async fn post_to(address: SocketAddr) -> Result<StatusCode, TransportError> {
        let http = telemetry::http_client::unpooled(Duration::from_secs(30)).unwrap();
        let url = format!("http://{address}/").parse().unwrap();
        post(&http, url, &[("code", "abc".to_owned())], None, TOKEN).await
    }

    async fn hear(listener: &TcpListener) -> TcpStream {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream
    }

    #[tokio::test]
    async fn where_nobody_was_another_connection_is_tried() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let late = async {
            tokio::time::sleep(telemetry::http_client::PAUSE / 4).await;
            let listener = TcpListener::bind(address).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            hear(&listener).await.write_all(answer).await.unwrap();
        };
        let (answer, ()) = tokio::join!(post_to(address), late);
        assert_eq!(answer.unwrap(), StatusCode::OK);
    }

    #[tokio::test]
    async fn what_may_have_been_heard_is_not_said_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let breaks_off_always = async {
            for heard in 1.. {
                drop(hear(&listener).await);
                assert_eq!(heard, 1, "it was said again");
            }
        };
        tokio::select! {
            answer = post_to(address) => assert!(matches!(answer, Err(TransportError::Unreachable(_)))),
            () = breaks_off_always => {}
        }
    }
}
