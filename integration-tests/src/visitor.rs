//! Somebody with a browser that has no JavaScript and does not know our pages: follows redirects,
//! keeps cookies, fills whatever form comes.

pub use crate::document::{Field, Form};

use crate::{Addresses, Person, document};
use reqwest::{
    Method, Response, StatusCode,
    cookie::{CookieStore as _, Jar},
    header,
    redirect::Policy,
};
use std::sync::Arc;
use url::Url;

/// A person at a browser.
#[derive(Debug, Clone)]
pub struct Visitor {
    http: reqwest::Client,
    cookies: Arc<Jar>,
    stop_at: Option<&'static str>,
}

/// A page that was arrived at.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: header::HeaderMap,
    /// Its address.
    pub url: Url,
    /// Its source.
    pub html: String,
    /// Every address on the way here, this one included.
    pub way: Vec<Url>,
}

/// What somebody does with the forms of a sign-in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// Scopes to untick.
    pub untick: &'a [&'a str],
    /// Ticks every box that asks whether to remember.
    pub remember: bool,
    /// Presses the button of the consent form that refuses.
    pub refuse: bool,
}

impl Default for Visitor {
    fn default() -> Self {
        Self::new()
    }
}

impl Visitor {
    /// A fresh browser.
    #[must_use]
    pub fn new() -> Self {
        Self::sending(header::HeaderMap::new())
    }

    /// A fresh browser that sends more headers with every request.
    #[must_use]
    pub fn sending(headers: header::HeaderMap) -> Self {
        let cookies = Arc::new(Jar::default());
        let http = reqwest::Client::builder()
            .cookie_provider(cookies.clone())
            .default_headers(headers)
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { http, cookies, stop_at: None }
    }

    /// The same person, who stops before opening a page with this path.
    #[must_use]
    pub fn stopping_at(&self, path: &'static str) -> Self {
        Self { stop_at: Some(path), ..self.clone() }
    }

    /// Opens an address and follows it to its end.
    pub async fn open(&self, url: Url) -> Page {
        let request = self.http.get(url.clone());
        self.follow(vec![url], send(request).await).await
    }

    /// The values of the cookies that would go to an address.
    #[must_use]
    pub fn cookies(&self, url: &Url) -> Vec<String> {
        let sent = self.cookies.cookies(url).map(|line| line.to_str().unwrap().to_owned());
        let pairs = sent.unwrap_or_default();
        pairs.split("; ").filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())).collect()
    }

    /// Opens an address and follows nothing.
    pub async fn peek(&self, url: Url) -> Response {
        send(self.http.get(url)).await
    }

    /// Sends a form with one of its buttons, and follows the answer to its end.
    pub async fn submit(&self, form: &Form, button: &Field) -> Page {
        let mut fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .filter(|field| field.sent)
            .map(|field| (field.name.as_str(), field.value.as_str()))
            .collect();
        if !button.name.is_empty() {
            fields.push((&button.name, &button.value));
        }
        let request = self
            .http
            .request(Method::POST, form.action.clone())
            .header(header::ORIGIN, form.action.origin().ascii_serialization())
            .form(&fields);
        self.follow(vec![form.action.clone()], send(request).await).await
    }

    /// Has the page shown in another language.
    pub async fn switch(&self, page: &Page, language: &str) -> Page {
        let mut forms = document::forms(&page.html, &page.url, "get");
        let form = forms.pop().expect("a switch of languages");
        let mut url = form.action;
        let fields = form.fields.iter().map(|field| (&field.name, &field.value));
        url.query_pairs_mut().clear().extend_pairs(fields).append_pair("language", language);
        self.open(url).await
    }

    /// Signs in to the client app, from its first page to wherever the sign-in ends.
    pub async fn sign_in(&self, to: &Addresses, person: Person, choice: Choice<'_>) -> Page {
        self.sign_in_at(&to.client, person, choice).await
    }

    /// The same, to the client app at this address.
    pub async fn sign_in_at(&self, client: &Url, person: Person, choice: Choice<'_>) -> Page {
        let mut page = self.open(client.join("sign-in").unwrap()).await;
        for _ in 0..4 {
            if page.url.origin() == client.origin() || page.forms().is_empty() {
                break;
            }
            page = self.answer(&page, person, choice).await;
        }
        page
    }

    /// Fills the form of a page, whatever it is, and sends it.
    pub async fn answer(&self, page: &Page, person: Person, choice: Choice<'_>) -> Page {
        let mut form = page.form();
        let asks_for_password = form.fields.iter().any(|field| field.kind == "password");
        for field in &mut form.fields {
            match field.kind.as_str() {
                "password" => person.password.clone_into(&mut field.value),
                "text" | "email" => person.email.clone_into(&mut field.value),
                "checkbox" if field.name == "remember" => field.sent = choice.remember,
                "checkbox" => field.sent = !choice.untick.contains(&field.value.as_str()),
                _ => {}
            }
        }
        let refuse = choice.refuse && !asks_for_password;
        let button = if refuse { form.button("reject") } else { &form.buttons[0] };
        self.submit(&form, button).await
    }

    async fn follow(&self, mut way: Vec<Url>, mut answer: Response) -> Page {
        while let Some(next) = next_address(&answer) {
            assert!(way.len() < 20, "no end of redirects: {way:?}");
            assert!(
                !matches!(answer.status().as_u16(), 307 | 308),
                "{} would send a password on",
                answer.status()
            );
            way.push(next.clone());
            if self.stop_at == Some(next.path()) {
                let (status, headers) = (answer.status(), answer.headers().clone());
                return Page { status, headers, url: next, html: String::new(), way };
            }
            answer = send(self.http.get(next)).await;
        }
        let (status, url) = (answer.status(), answer.url().clone());
        let headers = answer.headers().clone();
        Page { status, headers, url, html: answer.text().await.unwrap(), way }
    }
}

/// A redirect, or a page that leads on by itself.
fn next_address(answer: &Response) -> Option<Url> {
    let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
    let refresh = || header(header::REFRESH)?.split_once("url=").map(|(_, url)| url);
    let to = if answer.status().is_redirection() { header(header::LOCATION) } else { refresh() };
    to.map(|to| answer.url().join(to).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a visitor is a browser, not a service")]
async fn send(request: reqwest::RequestBuilder) -> Response {
    let answer = request.send().await.unwrap();
    if answer.url().path().starts_with("/authentication/") {
        is_protected(&answer);
    }
    answer
}

/// Whatever a sign-in page answers, redirects and errors too, has the security headers (OWASP ASVS 3.4).
fn is_protected(answer: &Response) {
    let header = |name: &str| {
        let value = answer.headers().get(name);
        let value =
            value.unwrap_or_else(|| panic!("no {name}: {} {}", answer.status(), answer.url()));
        value.to_str().unwrap()
    };
    assert!(header("content-security-policy").starts_with("default-src 'none'; "));
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert!(["no-store", "public, no-cache"].contains(&header("cache-control")));
}

impl Page {
    /// All forms that do something; the switch of languages is none of them.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        document::forms(&self.html, &self.url, "post")
    }

    /// The one form.
    #[must_use]
    pub fn form(&self) -> Form {
        let mut forms = self.forms();
        assert_eq!(forms.len(), 1, "forms at {} in {}", self.url.path(), self.html);
        forms.remove(0)
    }

    /// What a person reads.
    #[must_use]
    pub fn text(&self) -> String {
        document::text(&self.html)
    }

    /// Fails unless a person reads this.
    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(self.text().contains(words), "{words:?} at {}: {}", self.url.path(), self.text());
    }

    /// Where the link with this id leads.
    #[must_use]
    pub fn link(&self, id: &str) -> Url {
        document::link(&self.html, &self.url, id)
            .unwrap_or_else(|| panic!("no link #{id} in {}", self.html))
    }
}

impl Form {
    /// The button with this id.
    #[must_use]
    pub fn button(&self, id: &str) -> &Field {
        self.buttons.iter().find(|button| button.id == id).expect("the button")
    }

    /// The field with this name.
    pub fn field(&mut self, name: &str) -> &mut Field {
        self.fields.iter_mut().find(|field| field.name == name).expect("the field")
    }
}
