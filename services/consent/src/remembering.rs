//! For how long a login is remembered. Hydra keeps the time in a cookie of its own and does not say
//! who asked to be remembered, so a sealed cookie of ours does.

use crate::{
    cookies::Cookies,
    seal::{Purpose, Seal},
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chassis::Clock;
use std::{str::FromStr, time::Duration};

const COOKIE: &str = "remembered";

/// Browsers keep no cookie for longer.
const LONGEST: u64 = 400 * 24 * 60 * 60;

/// A login that nobody asked to remember is kept for a moment only: Hydra logs people out by
/// `id_token_hint` only where a login was kept at all, and asks again once the time is over.
pub(crate) const A_MOMENT: u64 = 1;

/// A time in seconds, or none that ends. Hydra takes 0 for "for ever", which nobody should get by a
/// slip: it has to be written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Ends after so many seconds, at least 1.
    Seconds(u64),
    /// Ends when the person or an operator ends it.
    Forever,
}

impl FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, humantime::parse_duration(text)) {
            ("forever", _) => Ok(Self::Forever),
            (_, Ok(time)) if time >= Duration::from_secs(1) => Ok(Self::Seconds(time.as_secs())),
            (_, Ok(_)) => Err("expected at least 1s, or the word forever".to_owned()),
            (_, Err(error)) => {
                Err(format!("{error}; expected a duration such as 12h or 30d, or the word forever"))
            }
        }
    }
}

/// A remembered login: for so many seconds from now, and the cookie that says so.
pub(crate) struct Remembered {
    pub(crate) seconds: u64,
    pub(crate) cookie: (HeaderName, HeaderValue),
}

/// The rules, and the cookie.
#[derive(Debug, Clone)]
pub(crate) struct Remembering {
    pub(crate) cookies: Cookies,
    pub(crate) seal: Seal,
    pub(crate) clock: Clock,
    /// How long a login lasts that is not used.
    pub(crate) idle: Lifetime,
    /// How long it lasts at most.
    pub(crate) at_most: Lifetime,
}

impl Remembering {
    /// The cookie as it came, for a browser.
    pub(crate) fn sent(&self, headers: &HeaderMap) -> String {
        self.cookies.read(headers, COOKIE).unwrap_or_default()
    }

    /// The person asks to be remembered.
    pub(crate) fn begin(&self, session_id: &str) -> Option<Remembered> {
        self.until(session_id, self.now().try_into().unwrap_or_default())
    }

    /// The login is used: it lasts longer from now on, if the person asked to be remembered, and not
    /// beyond what is allowed at most.
    pub(crate) fn extend(&self, sent: &str, session_id: &str) -> Option<Remembered> {
        self.until(session_id, self.seal.open(Purpose::Remembered, session_id, sent)?)
    }

    /// What Hydra takes for a remembered consent, of an app that allows no more than this: 0 is for
    /// ever.
    pub(crate) fn consent_seconds(&self, at_most: Option<u64>) -> u64 {
        let idle = match self.idle {
            Lifetime::Seconds(seconds) => Some(seconds),
            Lifetime::Forever => None,
        };
        idle.into_iter().chain(at_most).min().unwrap_or_default()
    }

    fn until(&self, session_id: &str, since: u64) -> Option<Remembered> {
        let left = match self.at_most {
            Lifetime::Seconds(most) => {
                since.saturating_add(most).saturating_sub(self.now().try_into().unwrap_or_default())
            }
            Lifetime::Forever => LONGEST,
        };
        let idle = match self.idle {
            Lifetime::Seconds(seconds) => seconds,
            Lifetime::Forever => LONGEST,
        };
        let seconds = idle.min(left).min(LONGEST);
        let sealed = self.seal.seal(Purpose::Remembered, session_id, &since).ok()?;
        let cookie = self.cookies.set(COOKIE, &sealed, Some(Duration::from_secs(seconds)));
        (seconds > 0).then_some(Remembered { seconds, cookie })
    }

    /// Seconds since the Unix epoch.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    fn remembering(idle: &str, at_most: &str) -> Remembering {
        Remembering {
            cookies: Cookies::new(&"http://localhost".parse().unwrap()),
            seal: Seal::new(&"k".repeat(32).into(), None).unwrap(),
            clock: Clock::manual(DateTime::from_timestamp(1_000_000, 0).unwrap()),
            idle: idle.parse().unwrap(),
            at_most: at_most.parse().unwrap(),
        }
    }

    fn value(remembered: &Remembered) -> String {
        let line = remembered.cookie.1.to_str().unwrap();
        line.split(['=', ';']).nth(1).unwrap().to_owned()
    }

    #[test]
    fn a_login_lasts_longer_when_it_is_used_but_not_beyond_the_most() {
        let rules = remembering("10h", "24h");
        let mut known = value(&rules.begin("sid").unwrap());
        for (hours, seconds) in [(8, 10 * 3600), (8, 8 * 3600), (7, 3600)] {
            rules.clock.advance(TimeDelta::hours(hours));
            let extended = rules.extend(&known, "sid").unwrap();
            assert_eq!(extended.seconds, seconds);
            known = value(&extended);
        }
        rules.clock.advance(TimeDelta::hours(1));
        assert!(rules.extend(&known, "sid").is_none());
    }

    #[test]
    fn a_login_that_nobody_asked_to_remember_is_not_made_longer() {
        let rules = remembering("30d", "90d");
        let other = value(&rules.begin("another").unwrap());
        for sent in ["", "nonsense", &other] {
            assert!(rules.extend(sent, "sid").is_none(), "{sent}");
        }
    }

    #[test]
    fn for_ever_has_to_be_written_out() {
        for wrong in ["0", "0s", "never", ""] {
            assert!(wrong.parse::<Lifetime>().unwrap_err().contains("forever"), "{wrong}");
        }
        let rules = remembering("forever", "forever");
        assert_eq!(rules.begin("sid").unwrap().seconds, LONGEST);
        assert_eq!(rules.consent_seconds(None), 0);
        assert_eq!(rules.consent_seconds(Some(60)), 60);
        assert_eq!(remembering("30d", "90d").consent_seconds(None), 30 * 24 * 3600);
        assert_eq!(remembering("1h", "90d").consent_seconds(Some(7200)), 3600);
    }
}
