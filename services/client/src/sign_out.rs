//! Sign-out that signs out: Hydra's calls in the order that leaves nothing behind, with a report.
//!
//! By session first, for only that tells apps (OpenID Connect Back-Channel Logout 1.0); then the
//! consents, for only that ends tokens; then by subject, for whatever login is left. By subject only
//! where nobody has signed in since it was asked for.

mod grpc;
mod identity;
mod pending;

pub(crate) use grpc::server;
pub(crate) use identity::Identity;
pub(crate) use pending::finish_pending;

use hydra_admin::{ConsentSession, HydraAdmin};
use latchkey_proto::{
    client::v1::SignOutAction,
    identity::v1::{Session, SignOut},
};
use prost_types::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

/// Signs people out. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SignOuts {
    pub(crate) hydra: HydraAdmin,
    pub(crate) identity: Identity,
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) steps: Vec<Step>,
    pub(crate) apps: BTreeMap<String, App>,
}

/// One step, and what stood in its way.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) action: SignOutAction,
    pub(crate) session_id: String,
    pub(crate) problem: Option<&'static str>,
}

/// An app that the person has signed in to.
#[derive(Debug, Default)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) session_ids: BTreeSet<String>,
    pub(crate) tokens_revoked: bool,
}

impl SignOuts {
    /// Signs a person out everywhere.
    pub(crate) async fn person(&self, subject: &str) -> Report {
        let mut report = Report::default();
        let asked = self.identity.request_sign_out(subject).await;
        let asked = report.note(SignOutAction::Request, "", asked);
        self.everywhere(subject, asked, &mut report).await;
        report
    }

    /// Does what was asked for earlier.
    pub(crate) async fn pending(&self, asked: SignOut) -> Report {
        let mut report = Report::default();
        let subject = asked.subject.clone();
        self.everywhere(&subject, Some(asked), &mut report).await;
        report
    }

    /// Ends all that was there when it was asked for. Whoever has signed in since stays signed in.
    async fn everywhere(&self, subject: &str, asked: Option<SignOut>, report: &mut Report) {
        let known = self.identity.sessions(subject).await;
        let known = report.note(SignOutAction::ListSessions, "", known).unwrap_or_default();
        let (newer, meant): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|session| is_newer(session, asked.as_ref()));
        let mut granted = self.hydra.all_consents(subject).await;
        if let Ok(granted) = &mut granted {
            let newer: BTreeSet<_> = newer.iter().map(|session| &session.session_id).collect();
            granted.retain(|it| !newer.contains(&it.consent_request.login_session_id));
        }
        let granted = report.note(SignOutAction::ListApps, "", granted);
        report.add_apps(granted.unwrap_or_default());
        for Session { session_id, client_id, .. } in meant {
            report.apps.entry(client_id).or_default().session_ids.insert(session_id);
        }
        let used = report.apps.values().flat_map(|app| app.session_ids.iter().cloned());
        for id in used.collect::<BTreeSet<_>>() {
            let ended = self.hydra.end_login(&id).await;
            report.note(SignOutAction::EndLogin, &id, ended);
        }
        if newer.is_empty() {
            let revoked = self.hydra.revoke_consents(subject).await;
            let revoked = report.note(SignOutAction::RevokeTokens, "", revoked).is_some();
            report.apps.values_mut().for_each(|app| app.tokens_revoked = revoked);
            let forgotten = self.hydra.forget_logins(subject).await;
            report.note(SignOutAction::ForgetLogins, "", forgotten);
        } else {
            self.revoke_app_by_app(subject, report).await;
        }
        if report.is_complete()
            && let Some(asked) = asked
        {
            let ended = self.identity.complete_sign_out(asked).await;
            report.note(SignOutAction::EndSessions, "", ended);
        }
    }

    /// Hydra takes tokens back by app, and not by login: an app that was used before and since asks the
    /// person once more.
    async fn revoke_app_by_app(&self, subject: &str, report: &mut Report) {
        let named = report.apps.keys().filter(|client_id| !client_id.is_empty());
        for client_id in named.cloned().collect::<Vec<_>>() {
            let revoked = self.hydra.revoke_consent(subject, &client_id).await;
            let revoked = report.note(SignOutAction::RevokeTokens, "", revoked).is_some();
            report.apps.entry(client_id).or_default().tokens_revoked = revoked;
        }
    }

    /// Ends one session of a person.
    pub(crate) async fn session(&self, subject: &str, id: &str) -> Report {
        let mut report = Report::default();
        let granted = self.hydra.consents_in(subject, id).await;
        let granted = report.note(SignOutAction::ListApps, "", granted);
        report.add_apps(granted.unwrap_or_default());
        let ended = self.hydra.end_login(id).await;
        // Who asks again finds the session by identity's record: it ends last.
        if report.note(SignOutAction::EndLogin, id, ended).is_some() {
            let ended = self.identity.end_session(id).await;
            report.note(SignOutAction::EndSessions, id, ended);
        }
        report
    }
}

/// Whether the sign-in came after what was asked for.
fn is_newer(session: &Session, asked: Option<&SignOut>) -> bool {
    let at = |time: Option<Timestamp>| time.map(|time| (time.seconds, time.nanos));
    let asked = asked.and_then(|asked| at(asked.request_time));
    at(session.auth_time).zip(asked).is_some_and(|(signed_in, asked)| signed_in > asked)
}

impl Report {
    /// Whether all of it was done.
    pub(crate) fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.problem.is_none())
    }

    /// Notes how a step ended. The cause stays in the log.
    fn note<T, E: Display>(
        &mut self,
        action: SignOutAction,
        session_id: &str,
        outcome: Result<T, E>,
    ) -> Option<T> {
        let problem = outcome.as_ref().err().map(|error| {
            tracing::warn!(%error, action = action.as_str_name(), "a sign-out is not complete");
            match action {
                SignOutAction::Request
                | SignOutAction::ListSessions
                | SignOutAction::EndSessions => "identity does not do it now",
                _ => "Hydra does not do it now",
            }
        });
        self.steps.push(Step { action, session_id: session_id.to_owned(), problem });
        outcome.ok()
    }

    fn add_apps(&mut self, granted: Vec<ConsentSession>) {
        for ConsentSession { consent_request, .. } in granted {
            let client = consent_request.client;
            let app = self.apps.entry(client.client_id).or_default();
            app.name = client.client_name;
            let id = consent_request.login_session_id;
            app.session_ids.extend(Some(id).filter(|id| !id.is_empty()));
        }
    }
}
