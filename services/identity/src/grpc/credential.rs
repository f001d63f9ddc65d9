//! `CredentialService`.

use crate::domain::{
    Violation,
    attempt::{self, Attempt, Outcome},
    audit::Origin,
    device::DeviceToken,
    factor,
    identifier::Identifier,
    password::Password,
    session,
    verify::Verifier,
};
use crate::grpc::{deadline, status, time::timestamp};
use latchkey_proto::identity::v1::{
    AttemptContext, Rejected, RejectionReason, Verified, VerifyCredentialsRequest,
    VerifyCredentialsResponse, credential_service_server::CredentialService,
    verify_credentials_response::Outcome as Answer,
};
use std::net::IpAddr;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

/// Serves the contract from the domain.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) verifier: Verifier,
}

#[tonic::async_trait]
impl CredentialService for Credentials {
    async fn verify_credentials(
        &self,
        request: Request<VerifyCredentialsRequest>,
    ) -> Result<Response<VerifyCredentialsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let attempt = parse(request.into_inner(), deadline).map_err(status::invalid)?;
        let outcome =
            deadline::within(deadline, async { Ok(self.verifier.verify(&attempt).await?) }).await?;
        Ok(Response::new(VerifyCredentialsResponse { outcome: Some(answer(outcome)?) }))
    }
}

fn parse(request: VerifyCredentialsRequest, deadline: Instant) -> Result<Attempt, Vec<Violation>> {
    let AttemptContext {
        client_id,
        ip,
        user_agent,
        login_challenge_sha256,
        device_token,
        session_id,
    } = request.context.unwrap_or_default();
    let checked = (
        Identifier::parse("identifier", &request.identifier),
        Password::parse("password", &request.password),
        challenge(&login_challenge_sha256),
        address(&ip),
        session(session_id),
    );
    match checked {
        (Ok(identifier), Ok(password), Ok(challenge), Ok(ip), Ok(session)) => Ok(Attempt {
            identifier,
            password,
            challenge,
            session,
            device: DeviceToken::parse(&device_token),
            origin: Origin::new(&client_id, ip, &user_agent),
            deadline: Some(deadline),
        }),
        (identifier, password, challenge, ip, session) => {
            Err([identifier.err(), password.err(), challenge.err(), ip.err(), session.err()]
                .into_iter()
                .flatten()
                .collect())
        }
    }
}

/// Without an address an attempt is counted by account alone, so a broken one is no address.
fn address(ip: &str) -> Result<Option<IpAddr>, Violation> {
    if ip.is_empty() {
        return Ok(None);
    }
    ip.parse().map(Some).map_err(|_| Violation::new("context.ip", "is no IP address"))
}

fn challenge(sha256: &[u8]) -> Result<Option<[u8; 32]>, Violation> {
    if sha256.is_empty() {
        return Ok(None);
    }
    sha256
        .try_into()
        .map(Some)
        .map_err(|_| Violation::new("context.login_challenge_sha256", "has not 32 bytes"))
}

fn session(id: String) -> Result<Option<String>, Violation> {
    match id.as_str() {
        "" => Ok(None),
        known if session::is_id(known) => Ok(Some(id)),
        _ => Err(Violation::new("context.session_id", "is no session id")),
    }
}

fn answer(outcome: Outcome) -> Result<Answer, Status> {
    match outcome {
        Outcome::Verified(attempt::Verified { subject, factors, at, device }) => {
            Ok(Answer::Verified(Verified {
                subject,
                amr: factors.iter().map(|factor| factor.amr().to_owned()).collect(),
                auth_time: Some(timestamp(at)),
                device_token: device.expose().to_owned(),
                acr: factor::acr(&factors).to_owned(),
            }))
        }
        Outcome::WrongCredentials => Ok(rejected(RejectionReason::WrongCredentials)),
        Outcome::ChallengeUsed => Ok(rejected(RejectionReason::ChallengeUsed)),
        Outcome::Throttled(wait) => Err(status::throttled(wait)),
    }
}

fn rejected(reason: RejectionReason) -> Answer {
    Answer::Rejected(Rejected { reason: reason.into() })
}
