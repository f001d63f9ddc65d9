//! New tokens before the old ones end: once for all tabs and replicas.

use super::revocations::Revocations;
use crate::{
    provider::ProviderError,
    session::store::{Session, Sessions, StoreError},
};
use chassis::{Clock, process::Running};
use chrono::TimeDelta;
use std::time::Duration;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep},
};

/// Tokens are refreshed this long before they end.
const AHEAD: TimeDelta = TimeDelta::seconds(30);
/// A replica has this long: more than its calls to Hydra take together.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// Others look this often whether it is done, and give up after a while.
const POLL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(5);

/// A session whose tokens were looked after.
pub(crate) enum Refreshed {
    /// Its access token lasts.
    Fresh(Session),
    /// Hydra cannot be reached: the session stays, its access token may have ended.
    Stale(Session),
    /// Hydra does not prolong it: the person has to sign in again.
    Ended,
}

/// Refreshes sessions.
#[derive(Clone)]
pub(crate) struct Refresher {
    sessions: Sessions,
    revocations: Revocations,
    clock: Clock,
    running: Running,
}

impl Refresher {
    /// Refreshes outlive the requests that asked for them, so they run among the `running` work.
    pub(crate) fn new(
        sessions: Sessions,
        revocations: Revocations,
        clock: Clock,
        running: Running,
    ) -> Self {
        Self { sessions, revocations, clock, running }
    }

    /// The session with an access token that lasts.
    pub(crate) async fn refreshed(&self, session: Session) -> Result<Refreshed, StoreError> {
        let began = Instant::now();
        let mut session = session;
        loop {
            let now = self.clock.now();
            if now + AHEAD < session.grant.access_expires_at {
                return Ok(Refreshed::Fresh(session));
            }
            let Some(refresh_token) = session.grant.tokens.refresh.clone() else {
                return Ok(without_refresh_token(session, now));
            };
            if self.sessions.lease(&session, now, now + LEASE).await? {
                return self.beyond_the_request(session, refresh_token).await;
            }
            if began.elapsed() > PATIENCE {
                return Ok(Refreshed::Stale(session));
            }
            sleep(POLL).await;
            match self.sessions.find(&session.id, self.clock.now()).await? {
                Some(newer) => session = newer,
                None => return Ok(Refreshed::Ended),
            }
        }
    }

    /// A browser that goes away must not cut a refresh in two: the new refresh token would be lost
    /// and the old one is spent.
    async fn beyond_the_request(
        &self,
        session: Session,
        refresh_token: String,
    ) -> Result<Refreshed, StoreError> {
        let (done, outcome) = oneshot::channel();
        let (refresher, mine) = (self.clone(), session.clone());
        self.running.spawn(async move {
            // The receiver is gone where the browser is: the row holds the outcome.
            let _ = done.send(refresher.refresh(mine, refresh_token).await);
        });
        outcome.await.unwrap_or(Ok(Refreshed::Stale(session)))
    }

    async fn refresh(&self, session: Session, token: String) -> Result<Refreshed, StoreError> {
        let provider = &self.revocations.provider;
        match provider.refresh(&session.grant, token, self.clock.now()).await {
            Ok(grant) => {
                let newest = grant.tokens.clone();
                if let Some(session) = self.sessions.renew(&session, grant).await? {
                    return Ok(Refreshed::Fresh(session));
                }
                // It has ended meanwhile: nobody else knows the new tokens.
                self.revocations.keep(&session.id, &newest).await?;
                Ok(Refreshed::Ended)
            }
            Err(error @ (ProviderError::InvalidGrant | ProviderError::Token(_))) => {
                tracing::info!(%error, "a session ends: its tokens cannot be refreshed");
                self.sessions.delete(&session.id).await?;
                Ok(Refreshed::Ended)
            }
            Err(error) => {
                tracing::warn!(%error, "tokens were not refreshed");
                self.sessions.release(&session).await?;
                Ok(Refreshed::Stale(session))
            }
        }
    }
}

/// The access token is used until it ends; what it opens is closed afterwards.
fn without_refresh_token(session: Session, now: chrono::DateTime<chrono::Utc>) -> Refreshed {
    if now < session.grant.access_expires_at {
        Refreshed::Fresh(session)
    } else {
        Refreshed::Stale(session)
    }
}
