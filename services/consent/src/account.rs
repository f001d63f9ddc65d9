//! Who looks at the account pages: a person who signs in to them through Hydra, like to any app
//! (authorization code with PKCE), and is known for a quarter of an hour by a sealed cookie.

use crate::{
    browser::{Browser, random_id},
    cookies::Cookies,
    seal::{self, Purpose, Seal},
};
use aws_lc_rs::{constant_time, digest};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Clock, process::Running};
use hydra_admin::{Client, Code, Error, HydraAdmin};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// The app that the account pages are to Hydra.
pub(crate) const CLIENT_ID: &str = "latchkey-account";
/// Where Hydra sends codes.
pub(crate) const CALLBACK: &str = "/authentication/apps/callback";

/// The person who has signed in, sealed.
const PERSON: &str = "account";
/// A sign-in in progress, sealed.
const START: &str = "account_start";

const KNOWN_FOR: Duration = Duration::from_mins(15);
const START_FOR: Duration = Duration::from_mins(10);

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Signs people in to the account pages. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) cookies: Cookies,
    pub(crate) seal: Seal,
    pub(crate) clock: Clock,
    pub(crate) callback: Url,
}

/// Somebody who has signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) session_id: String,
    /// Seconds since the Unix epoch.
    until: u64,
}

#[derive(Serialize, Deserialize)]
struct Start {
    state: String,
    verifier: String,
    until: u64,
}

/// What an ID token says. It comes from Hydra itself, over a connection of ours, and is not needed to
/// know who it is: introspection says that (OpenID Connect Core, section 3.1.3.7).
#[derive(Deserialize)]
struct Claims {
    sid: String,
}

type Header = (HeaderName, HeaderValue);

impl Account {
    /// Who has signed in here, if it was not too long ago.
    pub(crate) fn person(&self, browser: &Browser, headers: &HeaderMap) -> Option<Person> {
        let sealed = self.cookies.read(headers, PERSON)?;
        let person: Person = self.seal.open(Purpose::Account, &browser.id, &sealed)?;
        (browser.known && self.now() < person.until).then_some(person)
    }

    /// Where to sign in, and the cookie that the sign-in is remembered by.
    pub(crate) fn begin(
        &self,
        browser: &Browser,
        hydra: &Url,
    ) -> Result<(Url, Header), seal::Error> {
        let until = self.now() + START_FOR.as_secs();
        let start = Start { state: random_id(), verifier: random_id(), until };
        let challenge = digest::digest(&digest::SHA256, start.verifier.as_bytes());
        let mut url = hydra.clone();
        url.set_path("/oauth2/auth");
        url.query_pairs_mut().extend_pairs([
            ("client_id", CLIENT_ID),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", self.callback.as_str()),
            ("state", &start.state),
            ("code_challenge", &URL_SAFE_NO_PAD.encode(challenge)),
            ("code_challenge_method", "S256"),
        ]);
        let sealed = self.seal.seal(Purpose::AccountStart, &browser.id, &start)?;
        Ok((url, self.cookies.set(START, &sealed, Some(START_FOR))))
    }

    /// Who it is, where this browser began the sign-in that the code belongs to.
    pub(crate) async fn finish(
        &self,
        browser: &Browser,
        headers: &HeaderMap,
        query: &str,
        hydra: &HydraAdmin,
    ) -> Result<Option<Person>, Error> {
        let value = |name: &str| {
            let mut found = url::form_urlencoded::parse(query.as_bytes());
            found.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let sealed = self.cookies.read(headers, START).unwrap_or_default();
        let start: Option<Start> = self.seal.open(Purpose::AccountStart, &browser.id, &sealed);
        let start = start.filter(|start| browser.known && self.now() < start.until);
        let (Some(start), Some(state), Some(code)) = (start, value("state"), value("code")) else {
            return Ok(None);
        };
        let same = constant_time::verify_slices_are_equal(start.state.as_bytes(), state.as_bytes());
        if same.is_err() {
            return Ok(None);
        }
        let code = Code {
            client_id: CLIENT_ID,
            code: &code,
            verifier: &start.verifier,
            redirect_uri: self.callback.as_str(),
        };
        let tokens = hydra.exchange_code(&code).await?;
        let said = hydra.introspect(&tokens.access_token).await?;
        // It has said what it is for.
        hydra.revoke_token(CLIENT_ID, &tokens.access_token).await?;
        let ours = said.active && said.token_use == "access_token" && said.client_id == CLIENT_ID;
        let claims = claims(&tokens.id_token).filter(|_| ours);
        let Claims { sid } = claims.ok_or(Error::Unexpected("tokens of another shape"))?;
        let until = self.now() + KNOWN_FOR.as_secs();
        Ok(Some(Person { subject: said.sub, session_id: sid, until }))
    }

    /// The cookies once somebody has signed in.
    pub(crate) fn keep(
        &self,
        browser: &Browser,
        person: &Person,
    ) -> Result<[Header; 2], seal::Error> {
        let sealed = self.seal.seal(Purpose::Account, &browser.id, person)?;
        let kept = self.cookies.set(PERSON, &sealed, Some(KNOWN_FOR));
        Ok([kept, self.cookies.set(START, "", Some(Duration::ZERO))])
    }

    /// The cookie once nobody is known any more.
    pub(crate) fn forget(&self) -> Header {
        self.cookies.set(PERSON, "", Some(Duration::ZERO))
    }

    /// Seconds since the Unix epoch.
    fn now(&self) -> u64 {
        self.clock.now().timestamp().try_into().unwrap_or_default()
    }

    /// Registers the pages as an app, again and again until Hydra takes it: it may start later.
    pub(crate) fn register(&self, running: &Running, hydra: HydraAdmin) {
        let client = Client {
            client_id: CLIENT_ID.to_owned(),
            client_name: "Latchkey".to_owned(),
            scope: "openid".to_owned(),
            redirect_uris: vec![self.callback.to_string()],
            grant_types: vec!["authorization_code".to_owned()],
            response_types: vec!["code".to_owned()],
            token_endpoint_auth_method: "none".to_owned(),
            skip_consent: true,
            ..Client::default()
        };
        let stop = running.stopping();
        running.spawn(async move {
            let mut pause = FIRST_PAUSE;
            while let Err(error) = hydra.put_client(&client).await {
                tracing::warn!(%error, "the account pages are not registered yet");
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
                    () = stop.cancelled() => return,
                }
            }
        });
    }
}

fn claims(id_token: &str) -> Option<Claims> {
    let payload = URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}
