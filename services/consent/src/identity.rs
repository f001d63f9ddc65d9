//! What the pages ask the identity service.

use chassis::{
    grpc::{Channel, ChannelError, channel},
    tls::Tls,
};
use hydra_admin::Challenge;
use latchkey_proto::identity::v1::{
    AttemptContext, ContinueSessionRequest, ContinueSessionResponse, EndSessionRequest,
    GetUserRequest, ListSessionsRequest, RejectionReason, Session, User, UserState, Verified,
    VerifyCredentialsRequest, credential_service_client::CredentialServiceClient,
    credential_service_server, session_service_client::SessionServiceClient,
    user_service_client::UserServiceClient, verify_credentials_response::Outcome,
};
use std::time::Duration;
use tonic::{Code, Request, Status};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_types::{FieldViolation, StatusExt as _};
use url::Url;

/// How long identity may take; hashing a password is meant to be slow.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long a connection to one of its processes may take: there may be another one.
const CONNECT: Duration = Duration::from_secs(2);

/// The identity service. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    credentials: CredentialServiceClient<Channel>,
    users: UserServiceClient<Channel>,
    sessions: SessionServiceClient<Channel>,
    health: HealthClient<Channel>,
}

/// What somebody typed, and where.
pub(crate) struct Attempt<'a> {
    pub(crate) identifier: String,
    pub(crate) password: String,
    pub(crate) client_id: String,
    pub(crate) ip: String,
    pub(crate) user_agent: String,
    /// What this browser keeps of an earlier sign-in. May be empty.
    pub(crate) device_token: String,
    /// The login session that begins with it.
    pub(crate) session_id: String,
    pub(crate) challenge: &'a Challenge,
}

/// What identity says about an attempt.
pub(crate) enum Verdict {
    /// It is this person.
    Verified(Verified),
    /// Identifier and password do not belong together.
    WrongCredentials,
    /// The sign-in has served somebody else: it starts again.
    ChallengeUsed,
    /// Too many have failed: not looked at, and will not be for this long.
    Throttled(Duration),
    /// Too many at once: not looked at.
    Busy,
}

/// Identity does not answer, or not as agreed. Worth another try.
#[derive(Debug, thiserror::Error)]
#[error("identity does not do what it is asked: {0:?}")]
pub(crate) struct Unavailable(Code);

impl Identity {
    /// The identity service at `urls`. It connects at the first call.
    pub(crate) fn at(urls: &[Url], tls: Option<&Tls>) -> Result<Self, ChannelError> {
        let channel = channel("identity-url", urls, tls, CONNECT)?;
        Ok(Self {
            credentials: CredentialServiceClient::new(channel.clone()),
            users: UserServiceClient::new(channel.clone()),
            sessions: SessionServiceClient::new(channel.clone()),
            health: HealthClient::new(channel),
        })
    }

    /// Does this password belong to this person? Never repeated by itself: an attempt counts.
    pub(crate) async fn verify(&self, attempt: Attempt<'_>) -> Result<Verdict, Unavailable> {
        let digest = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            attempt.challenge.expose().as_bytes(),
        );
        let request = VerifyCredentialsRequest {
            identifier: attempt.identifier,
            password: attempt.password,
            context: Some(AttemptContext {
                client_id: attempt.client_id,
                ip: attempt.ip,
                user_agent: attempt.user_agent,
                login_challenge_sha256: digest.as_ref().to_vec(),
                device_token: attempt.device_token,
                session_id: attempt.session_id,
            }),
        };
        match self.credentials.clone().verify_credentials(within(request)).await {
            Ok(response) => match response.into_inner().outcome {
                Some(Outcome::Verified(verified)) => Ok(Verdict::Verified(verified)),
                Some(Outcome::Rejected(rejected)) => Ok(match rejected.reason() {
                    RejectionReason::ChallengeUsed => Verdict::ChallengeUsed,
                    _ => Verdict::WrongCredentials,
                }),
                None => Err(Unavailable(Code::DataLoss)),
            },
            Err(status) => match status.code() {
                // Too long, or empty: nobody has such a name or password.
                Code::InvalidArgument if is_about_what_was_typed(&status) => {
                    Ok(Verdict::WrongCredentials)
                }
                Code::ResourceExhausted => held_back(&status),
                code => Err(Unavailable(code)),
            },
        }
    }

    /// The person with this subject, if there is one who may sign in.
    pub(crate) async fn user(&self, subject: &str) -> Result<Option<User>, Unavailable> {
        let request = GetUserRequest { subject: subject.to_owned() };
        match self.users.clone().get_user(within(request)).await {
            Ok(response) => {
                let user = response.into_inner().user;
                Ok(user.filter(|user| user.state() == UserState::Active))
            }
            Err(status) => absent(&status),
        }
    }

    /// The session that this person goes on in, and the person as they are now, if they may.
    pub(crate) async fn resume(
        &self,
        session_id: &str,
        subject: &str,
    ) -> Result<Option<(Session, User)>, Unavailable> {
        let (session_id, subject) = (session_id.to_owned(), subject.to_owned());
        let request = ContinueSessionRequest { session_id, subject };
        match self.sessions.clone().continue_session(within(request)).await {
            Ok(response) => {
                let ContinueSessionResponse { session, user } = response.into_inner();
                Ok(session.zip(user))
            }
            Err(status) => absent(&status),
        }
    }

    /// The sessions of a person, the first hundred of them.
    pub(crate) async fn sessions(&self, subject: &str) -> Result<Vec<Session>, Unavailable> {
        let request = ListSessionsRequest { subject: subject.to_owned(), ..Default::default() };
        match self.sessions.clone().list_sessions(within(request)).await {
            Ok(response) => Ok(response.into_inner().sessions),
            Err(status) => Err(Unavailable(status.code())),
        }
    }

    /// Ends a session. False: there is none.
    pub(crate) async fn end_session(&self, id: &str) -> Result<bool, Unavailable> {
        let request = EndSessionRequest { session_id: id.to_owned() };
        match self.sessions.clone().end_session(within(request)).await {
            Ok(_) => Ok(true),
            Err(status) => Ok(absent(&status)?.unwrap_or(false)),
        }
    }

    /// Whether identity serves.
    pub(crate) async fn ready(&self) -> Result<(), Unavailable> {
        let service = credential_service_server::SERVICE_NAME.to_owned();
        let check = self.health.clone().check(within(HealthCheckRequest { service })).await;
        match check.map(|answer| answer.into_inner().status()) {
            Ok(ServingStatus::Serving) => Ok(()),
            Ok(_) => Err(Unavailable(Code::Unavailable)),
            Err(status) => Err(Unavailable(status.code())),
        }
    }
}

fn is_about_what_was_typed(status: &Status) -> bool {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.as_slice());
    let typed = |it: &FieldViolation| ["identifier", "password"].contains(&it.field.as_str());
    violations.is_some_and(|violations| violations.iter().all(typed))
}

fn held_back(status: &Status) -> Result<Verdict, Unavailable> {
    let details = status.get_error_details();
    let retry = details.retry_info().and_then(|info| info.retry_delay);
    let throttled = details.error_info().is_some_and(|info| info.reason == "THROTTLED");
    match retry {
        Some(wait) if throttled => Ok(Verdict::Throttled(wait)),
        Some(_) => Ok(Verdict::Busy),
        None => Err(Unavailable(status.code())),
    }
}

fn absent<T>(status: &Status) -> Result<Option<T>, Unavailable> {
    match status.code() {
        Code::NotFound | Code::FailedPrecondition => Ok(None),
        code => Err(Unavailable(code)),
    }
}

fn within<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::ErrorDetails;

    #[test]
    fn only_what_was_typed_counts_as_wrong() {
        let about = |fields: &[&str]| {
            let violations = fields.iter().map(|field| FieldViolation::new(*field, "is wrong"));
            let details = ErrorDetails::with_bad_request(violations.collect::<Vec<_>>());
            let status = Status::with_error_details(Code::InvalidArgument, "is wrong", details);
            is_about_what_was_typed(&status)
        };
        assert!(about(&["identifier"]) && about(&["password", "identifier"]));
        assert!(!about(&["context.ip"]) && !about(&["password", "context.session_id"]));
        assert!(!is_about_what_was_typed(&Status::invalid_argument("is wrong")));
    }
}
