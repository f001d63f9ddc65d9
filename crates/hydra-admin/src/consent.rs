//! Consent requests: what may the app do?

use crate::{Challenge, Client, Error, HydraAdmin, LARGEST_ANSWER, OidcContext, Reject};
use reqwest::header::{self, HeaderMap};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::iter;
use url::Url;

const REQUEST: &str = "/admin/oauth2/auth/requests/consent";
const ACCEPT: &str = "/admin/oauth2/auth/requests/consent/accept";
const REJECT: &str = "/admin/oauth2/auth/requests/consent/reject";
const SESSIONS: &str = "/admin/oauth2/auth/sessions/consent";

/// Consents that are asked for at once.
const PAGE: usize = 20;

/// A sign-in that waits for the person to say what the app may do.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(Serialize, Default))]
pub struct ConsentRequest {
    /// The person granted all of this before and wanted it remembered: no page is needed.
    pub skip: bool,
    /// Who signs in.
    pub subject: String,
    /// The scopes that the app asks for (RFC 6749, section 3.3).
    #[serde(default)]
    pub requested_scope: Vec<String>,
    /// The audiences that the app asks for.
    #[serde(default)]
    pub requested_access_token_audience: Vec<String>,
    /// The authorization request as the browser sent it, with unknown parameters too.
    pub request_url: String,
    /// The app that asks.
    pub client: Client,
    /// Wishes of the app.
    #[serde(default)]
    pub oidc_context: OidcContext,
    /// The sign-in, by an id that all its consent challenges share.
    #[serde(default)]
    pub login_challenge: String,
    /// The browser's login, `sid` in ID tokens.
    #[serde(default)]
    pub login_session_id: String,
}

/// What a person has granted. Hydra does not list what it took from an earlier grant by itself.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(Serialize, Default))]
pub struct ConsentSession {
    /// What was asked.
    pub consent_request: GrantedRequest,
    /// The granted scopes.
    #[serde(default)]
    pub grant_scope: Vec<String>,
}

/// What is kept of a consent request, but for its address: that may be long, and there are many.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(Serialize, Default))]
pub struct GrantedRequest {
    /// The app that asked.
    pub client: Client,
    /// The sign-in, by an id that all its consent challenges share.
    #[serde(default)]
    pub login_challenge: String,
    /// The browser's login, `sid` in ID tokens.
    #[serde(default)]
    pub login_session_id: String,
}

/// What is granted. Hydra does not compare it with what was asked for: the caller has to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AcceptConsent {
    /// The granted scopes.
    pub grant_scope: Vec<String>,
    /// The granted audiences.
    pub grant_access_token_audience: Vec<String>,
    /// Whether Hydra asks again next time.
    pub remember: bool,
    /// Seconds that Hydra remembers; 0 is for ever.
    pub remember_for: u64,
    /// What tokens say beside the registered claims.
    pub session: Session,
}

/// Claims for the tokens.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Session {
    /// For introspection of the access token.
    pub access_token: Map<String, Value>,
    /// For the ID token.
    pub id_token: Map<String, Value>,
}

impl HydraAdmin {
    /// Reads the consent request.
    pub async fn consent(&self, challenge: &Challenge) -> Result<ConsentRequest, Error> {
        let query = [("consent_challenge", challenge)];
        self.json(self.http.get(self.url(REQUEST)).query(&query), REQUEST).await
    }

    /// Says what is granted; the browser goes on at the address that comes back.
    pub async fn accept_consent(
        &self,
        challenge: &Challenge,
        accept: &AcceptConsent,
    ) -> Result<Url, Error> {
        let query = [("consent_challenge", challenge)];
        self.redirect(self.http.put(self.url(ACCEPT)).query(&query).json(accept), ACCEPT).await
    }

    /// Ends the sign-in with an error for the app.
    pub async fn reject_consent(
        &self,
        challenge: &Challenge,
        reject: &Reject,
    ) -> Result<Url, Error> {
        let query = [("consent_challenge", challenge)];
        self.redirect(self.http.put(self.url(REJECT)).query(&query).json(reject), REJECT).await
    }

    /// What a person granted in one login, the latest first, at most as many as a page has.
    pub async fn consents_in(
        &self,
        subject: &str,
        login_session_id: &str,
    ) -> Result<Vec<ConsentSession>, Error> {
        let query = [("subject", subject), ("login_session_id", login_session_id)];
        Ok(self.consents_page(&query, PAGE).await?.0)
    }

    /// What a person granted to one app last, if that is among the last 20 that they granted to any.
    /// Hydra can look for no app, and reads the client of each consent from its database: few are
    /// asked for at once, and most people come back to the app where they have been.
    pub async fn last_consent(
        &self,
        subject: &str,
        client_id: &str,
    ) -> Result<Option<ConsentSession>, Error> {
        let mut token = None;
        for _ in 0..5 {
            let (page, next) = self.consents_after(subject, token.as_deref(), 4).await?;
            let mut page = page.into_iter();
            if let Some(last) = page.find(|it| it.consent_request.client.client_id == client_id) {
                return Ok(Some(last));
            }
            token = next;
            if token.is_none() {
                break;
            }
        }
        Ok(None)
    }

    /// All that a person granted, page by page. Hydra says nothing of what follows a page whose
    /// consents have all expired: older ones are left out.
    pub async fn all_consents(&self, subject: &str) -> Result<Vec<ConsentSession>, Error> {
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let (page, next) = self.consents_after(subject, token.as_deref(), PAGE).await?;
            all.extend(page);
            token = next;
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    async fn consents_after(
        &self,
        subject: &str,
        token: Option<&str>,
        size: usize,
    ) -> Result<(Vec<ConsentSession>, Option<String>), Error> {
        let next = token.map(|token| ("page_token", token));
        let query: Vec<_> = iter::once(("subject", subject)).chain(next).collect();
        self.consents_page(&query, size).await
    }

    /// A page of consents, and the token of the next one. Each comes with the address of its sign-in,
    /// which was an answer of its own before.
    async fn consents_page(
        &self,
        query: &[(&str, &str)],
        size: usize,
    ) -> Result<(Vec<ConsentSession>, Option<String>), Error> {
        let request = self.http.get(self.url(SESSIONS)).query(query).query(&[("page_size", size)]);
        let largest = (size + 1) * LARGEST_ANSWER;
        let (headers, body) = self.exchange(request, SESSIONS, largest).await?;
        let page = serde_json::from_slice(&body)
            .map_err(|_| Error::Unexpected("JSON of another shape"))?;
        Ok((page, next_page(&headers)))
    }

    /// Takes back what a person granted to one app, with the tokens that came of it.
    pub async fn revoke_consent(&self, subject: &str, client_id: &str) -> Result<(), Error> {
        let query = [("subject", subject), ("client", client_id)];
        self.send(self.http.delete(self.url(SESSIONS)).query(&query), SESSIONS).await.map(drop)
    }

    /// Takes back all that a person granted to any app, with the tokens that came of it.
    pub async fn revoke_consents(&self, subject: &str) -> Result<(), Error> {
        let query = [("subject", subject), ("all", "true")];
        self.send(self.http.delete(self.url(SESSIONS)).query(&query), SESSIONS).await.map(drop)
    }
}

/// The token of the page that a `Link` header calls `next` (RFC 8288).
fn next_page(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::LINK).iter().filter_map(|line| line.to_str().ok());
    let next = lines.flat_map(|line| line.split(',')).find(|link| link.contains("rel=\"next\""))?;
    let (_, rest) = next.split_once('<')?;
    let (_, query) = rest.split_once('>')?.0.split_once('?')?;
    let mut query = url::form_urlencoded::parse(query.as_bytes());
    query.find(|(name, _)| name == "page_token").map(|(_, token)| token.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn the_next_page_is_where_the_link_says() {
        let next = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::LINK, HeaderValue::from_str(line).unwrap());
            next_page(&headers)
        };
        let first = "</a?page_token=Zmlyc3Q&subject=1>; rel=\"first\"";
        let both = format!("{first},</a?page_size=2&page_token=eyJ2IjoyfQ%3D%3D>; rel=\"next\"");
        assert_eq!(next(&both).as_deref(), Some("eyJ2IjoyfQ=="));
        assert_eq!(next(first), None);
        assert_eq!(next("nonsense; rel=\"next\""), None);
    }
}
