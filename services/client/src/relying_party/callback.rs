//! `/callbacks`: Hydra sends the browser back, with a code or with an error.

mod answer;

use super::{
    RelyingParty,
    problem::{Denial, Problem},
    sign_in::{self, SignIn},
};
use crate::{
    provider::{Grant, ProviderError},
    session::store::StoreError,
};
use answer::{Answer, Outcome};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use std::sync::Arc;

/// Completes a sign-in that this browser has begun. A page is never shown on an address with a code
/// in it but for an error, which is neither stored nor passed on.
pub(super) async fn complete(
    State(app): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let answer = Answer::parse(&query.unwrap_or_default()).ok_or(Problem::UnknownSignIn)?;
    let browser = app.cookies.browser(&headers).ok_or(Problem::UnknownSignIn)?;
    let now = app.clock.now();
    let Some(sign_in) = app.sign_ins.take(&answer.state, &browser, now).await? else {
        let late = app.sign_ins.late(&answer.state, &browser, now).await?;
        return Err(late.map_or(Problem::UnknownSignIn, |return_to| Problem::TooLate {
            again: sign_in::again(&return_to),
        }));
    };
    app.follow(&sign_in);

    let grant = match app.grant(&answer, &sign_in).await {
        Ok(grant) => grant,
        Err(problem) => {
            return Err(app.give_up(&answer, problem).await?);
        }
    };
    let old = app.cookies.session(&headers);
    let kept = app.sessions.create(&grant, &answer.state, old.as_ref(), app.clock.now()).await;
    let session = match kept {
        Ok(session) => session,
        Err(error) => return Err(app.not_kept(grant, &sign_in, error).await),
    };
    let cookie = AppendHeaders([(header::SET_COOKIE, app.cookies.set_session(&session))]);
    Ok((cookie, Redirect::to(&sign_in.return_to)).into_response())
}

impl RelyingParty {
    /// What the answer is worth.
    async fn grant(&self, answer: &Answer, sign_in: &SignIn) -> Result<Grant, Problem> {
        let again = || sign_in::again(&sign_in.return_to);
        let metadata = self.provider.metadata().await?;
        if !answer.is_from(&metadata) {
            return Err(Problem::WrongIssuer { again: again() });
        }
        let code = match &answer.outcome {
            Outcome::Code(code) => code.clone(),
            Outcome::Error(code) => {
                return Err(Problem::Denied { reason: Denial::from_code(code), again: again() });
            }
        };
        let (verifier, nonce) = (sign_in.pkce_verifier.clone(), &sign_in.nonce);
        match self.provider.exchange(code, verifier, nonce, self.clock.now()).await {
            Ok(grant) => Ok(grant),
            Err(error @ ProviderError::Unreachable(_)) => Err(error.into()),
            Err(error @ ProviderError::Refused(_)) => {
                tracing::error!(%error, "a sign-in ends: a wrong registration, secret or key");
                Err(Problem::Denied { reason: Denial::Misconfigured, again: again() })
            }
            Err(error) => Err(Problem::NotProved { cause: Arc::new(error), again: again() }),
        }
    }

    /// A sign-in that only Hydra's absence stopped can be completed later by the same address; any
    /// other has ended.
    async fn give_up(&self, answer: &Answer, problem: Problem) -> Result<Problem, Problem> {
        match problem {
            Problem::ProviderDown(_) => self.sign_ins.give_back(&answer.state).await?,
            _ => self.sign_ins.finish(&answer.state).await?,
        }
        Ok(problem)
    }

    /// The code is spent, and its tokens are nobody's: they end.
    async fn not_kept(&self, grant: Grant, sign_in: &SignIn, error: StoreError) -> Problem {
        if let Some(token) = grant.tokens.refresh
            && let Err(error) = self.provider.revoke(token, self.clock.now()).await
        {
            tracing::warn!(%error, "the tokens of a sign-in that was not kept stay valid");
        }
        Problem::NotKept { cause: Arc::new(error), again: sign_in::again(&sign_in.return_to) }
    }

    fn follow(&self, sign_in: &SignIn) {
        if let (Some(references), Some(reference)) = (&self.references, &sign_in.trace_reference) {
            references.follow(reference);
        }
    }
}
