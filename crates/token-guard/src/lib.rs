//! From a bearer token to a person and their scopes.
//!
//! A resource server asks the authorization server about every token that it is handed (RFC 7662),
//! and serves nobody while it gets no answer. Two traps of introspection are closed here: refresh
//! tokens are `active` too, and a client's own token carries the client's id as its subject, so
//! that a client named like a person's id would pass for that person.
//!
//! ```no_run
//! # use latchkey_token_guard as token_guard;
//! # async fn handler(http: reqwest::Client, url: url::Url) -> Result<(), token_guard::Refusal> {
//! let guard = token_guard::TokenGuard::new(http, url);
//! let grant = guard.check("the token of the Authorization header").await?;
//! if grant.requires("users.read").is_ok() {
//!     println!("{} may read", grant.subject);
//! }
//! # Ok(())
//! # }
//! ```

mod grant;
mod introspection;

pub use grant::{Grant, InsufficientScope};

use std::fmt;
use url::Url;

/// No token is longer than this, in bytes: the JWTs of large organisations are below 4 KiB.
const LONGEST_TOKEN: usize = 8 * 1024;

/// Checks bearer tokens at one authorization server. Cheap to clone: clones share their connections.
#[derive(Clone)]
pub struct TokenGuard {
    http: reqwest::Client,
    introspection: Url,
}

/// Why a token opens nothing. The token is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token at all, or text that cannot be one (RFC 6750, section 2.1).
    #[error("the bearer token is malformed")]
    Malformed,
    /// Unknown, expired or revoked (RFC 7662, section 2.2).
    #[error("the token is not active")]
    Inactive,
    /// A refresh token, or another kind that is meant for the authorization server only.
    #[error("the token is not an access token")]
    NotAnAccessToken,
    /// The token was given to a client for itself (RFC 6749, section 4.4).
    #[error("the token belongs to no person")]
    NotAPerson,
    /// The authorization server gave no answer, or none that makes sense. Worth another try.
    #[error("the authorization server cannot be asked: {0}")]
    Unavailable(String),
}

impl TokenGuard {
    /// A guard that asks at `introspection_url`; for Ory Hydra that is `/admin/oauth2/introspect` of
    /// its admin API. Time limits, redirects and proxies are those of `http`: give it a timeout and
    /// let it follow no redirect.
    #[must_use]
    pub fn new(http: reqwest::Client, introspection_url: Url) -> Self {
        Self { http, introspection: introspection_url }
    }

    /// What `bearer` (the token alone, without its scheme) grants, and to whom.
    ///
    /// Every other answer than a clear yes is a refusal.
    pub async fn check(&self, bearer: &str) -> Result<Grant, Refusal> {
        if !well_formed(bearer) {
            return Err(Refusal::Malformed);
        }
        let answer = introspection::ask(&self.http, &self.introspection, bearer).await?;
        grant::decide(answer)
    }
}

impl fmt::Debug for TokenGuard {
    /// The address is left out: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenGuard").finish_non_exhaustive()
    }
}

/// `b64token` (RFC 6750, section 2.1), of a bounded length.
fn well_formed(bearer: &str) -> bool {
    let body = bearer.trim_end_matches('=');
    !body.is_empty()
        && bearer.len() <= LONGEST_TOKEN
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_can_be_a_token_is_asked_about() {
        for good in ["ory_at_abc.def-ghi", "a", "eyJh.eyJz.c2ln", "YQ=="] {
            assert!(well_formed(good), "{good}");
        }
        let long = "a".repeat(LONGEST_TOKEN + 1);
        for bad in ["", "=", "==", "a b", "a=b", "a,b", "ä", "a\n", &long] {
            assert!(!well_formed(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_lets_nobody_in() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let url = Url::parse(&format!("http://user:hunter2@{address}/introspect")).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let guard = TokenGuard::new(http, url);

        let refusal = guard.check("secret-token").await.unwrap_err();
        assert!(matches!(refusal, Refusal::Unavailable(_)), "{refusal:?}");
        let printed = format!("{guard:?} {refusal:?} {refusal}");
        assert!(!printed.contains("secret-token") && !printed.contains("hunter2"), "{printed}");
    }
}
