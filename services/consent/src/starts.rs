//! What this browser has in progress with each app, in sealed cookies. So a page that came too late,
//! or that a second tab has overtaken, can begin its sign-in anew, with what was typed.

use crate::{
    browser::Browser,
    cookies::Cookies,
    seal::{Purpose, Seal},
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hydra_admin::Challenge;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// An app always has the same one of these; the one that comes last keeps it.
const COOKIES: [&str; 3] = ["start_0", "start_1", "start_2"];

/// A page may lie open over night.
const KEPT: Duration = Duration::from_hours(12);

/// Bytes of a cookie's value. Browsers take 4,096, but servers limit all of them together.
const LONGEST: usize = 2_400;

/// Challenges that are remembered of each step, the latest first.
const REMEMBERED: usize = 5;

/// What asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Who is it?
    Login,
    /// What may the app do?
    Consent,
    /// Does the person mean it? Nothing is kept of these.
    Logout,
}

impl Step {
    /// The name of the challenge in its page's query.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Login => "login_challenge",
            Self::Consent => "consent_challenge",
            Self::Logout => "logout_challenge",
        }
    }

    /// The address of its page.
    pub(crate) fn page(self, challenge: &Challenge) -> String {
        let page = match self {
            Self::Login => "/authentication/login?",
            Self::Consent => "/authentication/consent?",
            Self::Logout => "/authentication/logout?",
        };
        let query = page.len();
        let mut address = url::form_urlencoded::Serializer::for_suffix(page.to_owned(), query);
        address.append_pair(self.parameter(), challenge.expose()).finish()
    }
}

/// Where a challenge stands among those of the same app in this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No page was shown for it yet.
    New,
    /// Hydra's cookies in this browser belong to it.
    Latest,
    /// Another tab has begun since. Hydra would refuse this one with `request_forbidden`.
    Overtaken,
}

/// A sign-in in progress.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Start {
    app: u64,
    /// The authorization request that began it. Empty where it was too long to keep.
    pub(crate) url: String,
    /// Where the app lives, as far as that is known.
    pub(crate) home: Option<String>,
    /// How the pages look for the app, where it has a look of its own.
    pub(crate) look: Option<String>,
    /// What the person typed first, or who is signed in.
    pub(crate) identifier: String,
    /// The subject that the consent page has answered for: the sign-in may be complete.
    pub(crate) answered: Option<String>,
    /// The app expects somebody else than who signed in.
    pub(crate) other_account: bool,
    /// It begins anew: the next page fills in what was typed.
    anew: bool,
    logins: Vec<u64>,
    consents: Vec<u64>,
}

impl Start {
    /// Where a challenge stands.
    pub(crate) fn standing(&self, step: Step, challenge: &Challenge) -> Standing {
        let mark = mark(challenge.expose());
        match self.marks(step).iter().position(|known| *known == mark) {
            None => Standing::New,
            Some(0) => Standing::Latest,
            Some(_) => Standing::Overtaken,
        }
    }

    /// The page of this challenge is shown, or answered without one. What was typed for an earlier
    /// one is forgotten, unless this is the same sign-in begun anew.
    pub(crate) fn reach(&mut self, step: Step, challenge: &Challenge, url: &str) {
        if self.standing(step, challenge) == Standing::New && step == Step::Login {
            self.answered = None;
            if !self.anew {
                self.identifier.clear();
                self.other_account = false;
            }
        }
        self.anew = false;
        url.clone_into(&mut self.url);
        self.push(step, mark(challenge.expose()));
    }

    /// Begins anew. No page of before is the latest any more, so each begins anew once at most by
    /// itself.
    pub(crate) fn anew(mut self, identifier: Option<String>) -> Self {
        self.identifier = identifier.unwrap_or(self.identifier);
        self.answered = None;
        self.other_account = false;
        self.anew = true;
        self.push(Step::Login, 0);
        self.push(Step::Consent, 0);
        self
    }

    fn push(&mut self, step: Step, mark: u64) {
        let marks = match step {
            Step::Login => &mut self.logins,
            Step::Consent => &mut self.consents,
            Step::Logout => return,
        };
        marks.retain(|known| *known != mark);
        marks.insert(0, mark);
        marks.truncate(REMEMBERED);
    }

    fn marks(&self, step: Step) -> &[u64] {
        match step {
            Step::Login => &self.logins,
            Step::Consent => &self.consents,
            Step::Logout => &[],
        }
    }
}

/// Reads and writes the cookies.
#[derive(Debug, Clone)]
pub(crate) struct Starts {
    cookies: Cookies,
    seal: Seal,
}

impl Starts {
    pub(crate) fn new(cookies: Cookies, seal: Seal) -> Self {
        Self { cookies, seal }
    }

    /// The cookies as they came, for [`Browser`].
    pub(crate) fn sent(&self, headers: &HeaderMap) -> Vec<String> {
        COOKIES.iter().filter_map(|name| self.cookies.read(headers, name)).collect()
    }

    /// What the browser has in progress with the app of an authorization request.
    pub(crate) fn of(&self, browser: &Browser, request_url: &str) -> Start {
        let url = Url::parse(request_url).ok();
        let id =
            url.as_ref().and_then(|url| url.query_pairs().find(|(name, _)| name == "client_id"));
        let app = mark(&id.map(|(_, id)| id).unwrap_or_default());
        let known = self.opened(browser).find(|start| start.app == app);
        known.unwrap_or_else(|| Start { app, ..Start::default() })
    }

    /// The sign-in whose latest page this challenge is: Hydra tells nothing of one that has expired.
    pub(crate) fn latest(
        &self,
        browser: &Browser,
        step: Step,
        challenge: &Challenge,
    ) -> Option<Start> {
        self.opened(browser).find(|start| {
            start.standing(step, challenge) == Standing::Latest && !start.url.is_empty()
        })
    }

    /// The header that lets the browser keep it.
    pub(crate) fn keep(
        &self,
        browser: &Browser,
        start: &Start,
    ) -> Option<(HeaderName, HeaderValue)> {
        let seal = |start: &Start| self.seal.seal(Purpose::Start, &browser.id, start).ok();
        let value = seal(start).filter(|value| value.len() <= LONGEST).or_else(|| {
            seal(&Start { url: String::new(), identifier: String::new(), ..start.clone() })
        })?;
        let slots = COOKIES.len() as u64;
        let slot = usize::try_from(start.app % slots).ok()?;
        let name = COOKIES.get(slot)?;
        (value.len() <= LONGEST).then(|| self.cookies.set(name, &value, Some(KEPT)))
    }

    /// Like [`Starts::keep`], where no page gives the browser its id: a new one keeps nothing.
    pub(crate) fn keep_known(
        &self,
        browser: &Browser,
        start: &Start,
    ) -> Option<(HeaderName, HeaderValue)> {
        browser.known.then(|| self.keep(browser, start)).flatten()
    }

    fn opened(&self, browser: &Browser) -> impl Iterator<Item = Start> {
        let open = |text: &String| self.seal.open(Purpose::Start, &browser.id, text);
        browser.starts.iter().filter_map(open)
    }
}

/// Enough of a digest to tell one from another.
fn mark(text: &str) -> u64 {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
