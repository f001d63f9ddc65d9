//! A browser that is as cheap as can be: it shares the machine with what is measured.

use crate::app::App;
use latchkey_integration_tests::{Addresses, Page, visitor::Form};
use reqwest::{RequestBuilder, Response, header, redirect::Policy};
use std::collections::BTreeMap;
use url::Url;

/// A PKCE challenge (RFC 7636): nobody exchanges the code.
const PKCE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Keeps connections, and no cookies from one sign-in to the next. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Browser {
    http: reqwest::Client,
    start: Url,
    callback: Url,
}

/// What one sign-in keeps. Hydra and the apps are one host, whose cookies browsers keep together.
#[derive(Default)]
struct Cookies(BTreeMap<String, String>);

impl Browser {
    pub(crate) fn new(at: &Addresses) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
        let callback = at.client.join("callbacks").unwrap();
        let mut start = at.hydra.join("oauth2/auth").unwrap();
        start.query_pairs_mut().extend_pairs([
            ("client_id", "myclient"),
            ("response_type", "code"),
            ("scope", "openid users.read"),
            ("redirect_uri", callback.as_str()),
            ("state", "a-state-that-is-long-enough"),
            ("code_challenge", PKCE),
            ("code_challenge_method", "S256"),
        ]);
        Self { http: http.build().unwrap(), start, callback }
    }

    /// A challenge that can be asked about again and again.
    pub(crate) async fn login_challenge(&self) -> String {
        let mut cookies = Cookies::default();
        let page = location(&self.get(&self.start, &mut cookies).await);
        page.query_pairs().find(|(name, _)| name == "login_challenge").unwrap().1.into_owned()
    }

    /// From the app's authorization request to its code.
    pub(crate) async fn sign_in(&self, app: &App, email: &str, password: &str) {
        let [email, password] = app.only.unwrap_or([email, password]);
        let mut cookies = Cookies::default();
        let login = location(&self.get(&self.start, &mut cookies).await);
        let consent = self.answer(app, &login, &mut cookies, email, password).await;
        let callback = self.answer(app, &consent, &mut cookies, email, password).await;
        let code = callback.query_pairs().any(|(name, _)| name == "code");
        assert!(code && callback.path() == self.callback.path(), "{callback}");
    }

    /// Reads an answer to its end.
    pub(crate) async fn read(&self, address: &Url) {
        let answer = send(self.http.get(address.clone())).await;
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.unwrap();
    }

    /// Fills the form of a page, and follows the answer over Hydra to where it leads next.
    async fn answer(
        &self,
        app: &App,
        address: &Url,
        cookies: &mut Cookies,
        email: &str,
        password: &str,
    ) -> Url {
        let address = app.page(address);
        let shown = self.get(&address, cookies).await;
        let (status, headers) = (shown.status(), shown.headers().clone());
        let html = shown.text().await.unwrap();
        let page = Page { status, headers, url: address, html, way: Vec::new() };
        let Form { action, fields, buttons } = page.form();
        let mut filled = vec![(buttons[0].name.clone(), buttons[0].value.clone())];
        for field in fields {
            let value = match field.name.as_str() {
                "email" => email.to_owned(),
                "password" => password.to_owned(),
                "remember" => continue,
                _ => field.value,
            };
            filled.push((field.name, value));
        }
        let origin = action.origin().ascii_serialization();
        let request = self.http.post(action).header(header::ORIGIN, origin).form(&filled);
        let answer = cookies.send(request).await;
        location(&self.get(&location(&answer), cookies).await)
    }

    async fn get(&self, address: &Url, cookies: &mut Cookies) -> Response {
        cookies.send(self.http.get(address.clone())).await
    }
}

impl Cookies {
    async fn send(&mut self, request: RequestBuilder) -> Response {
        let kept: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = send(request.header(header::COOKIE, kept.join("; "))).await;
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.0.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

fn location(answer: &Response) -> Url {
    let to = answer.headers().get(header::LOCATION);
    let to = to.unwrap_or_else(|| panic!("{} {}", answer.status(), answer.url()));
    answer.url().join(to.to_str().unwrap()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a browser is part of no trace")]
async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}
