//! A browser: keeps cookies, follows nothing by itself.

use reqwest::{Method, StatusCode, header::HeaderMap};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use url::Url;

/// A browser that visits one address.
#[derive(Clone)]
pub(crate) struct Browser {
    http: reqwest::Client,
    address: SocketAddr,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// A page, or a redirect.
pub(crate) struct Visit {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let http = telemetry::http_client::client(Duration::from_secs(20)).unwrap();
        Self { http, address, cookies: BTreeMap::new() }
    }

    /// The same browser at another replica.
    pub(crate) fn at(&self, other: &Self) -> Self {
        Self { address: other.address, ..self.clone() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Visit {
        self.send(Method::GET, path, |request| request).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Visit {
        self.send(Method::POST, path, |request| request.form(form)).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Visit {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        let request = change(request.header("cookie", cookies.join("; ")));
        let response = telemetry::http_client::send(request, "*").await.unwrap();
        self.keep_cookies(response.headers());
        Visit {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Visit {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where the redirect goes.
    pub(crate) fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        Url::parse("http://localhost:1234/").unwrap().join(self.header("location")).unwrap()
    }

    /// The heading of the page.
    pub(crate) fn heading(&self) -> &str {
        between(&self.body, "<h1>", "</h1>")
    }

    pub(crate) fn form_token(&self) -> &str {
        between(&self.body, "name=\"form_token\" value=\"", "\"")
    }
}

/// A query parameter, which is there once.
pub(crate) fn parameter(url: &Url, name: &str) -> String {
    let values: Vec<_> = url.query_pairs().filter(|(key, _)| key == name).collect();
    assert_eq!(values.len(), 1, "{name} in {url}");
    values[0].1.clone().into_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0
}
