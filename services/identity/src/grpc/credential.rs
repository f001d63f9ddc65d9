//! `CredentialService`.

use crate::domain::{
    Violation,
    identifier::Identifier,
    password::Password,
    verify::{Attempt, Outcome, Verifier},
};
use crate::grpc::{deadline, status};
use chrono::{DateTime, Utc};
use latchkey_proto::identity::v1::{
    AttemptContext, Rejected, RejectionReason, Verified, VerifyCredentialsRequest,
    VerifyCredentialsResponse, credential_service_server::CredentialService,
    verify_credentials_response::Outcome as Answer,
};
use prost_types::Timestamp;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

const MAX_CLIENT_ID_BYTES: usize = 256;
const MAX_IP_BYTES: usize = 64;

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
        let attempt = attempt(request.into_inner(), deadline).map_err(status::invalid)?;
        let outcome =
            deadline::within(deadline, async { Ok(self.verifier.verify(&attempt).await?) }).await?;
        Ok(Response::new(VerifyCredentialsResponse { outcome: Some(answer(outcome)) }))
    }
}

fn attempt(
    request: VerifyCredentialsRequest,
    deadline: Instant,
) -> Result<Attempt, Vec<Violation>> {
    let AttemptContext { client_id, ip, login_challenge_sha256, user_agent: _ } =
        request.context.unwrap_or_default();
    let checked = (
        Identifier::parse("identifier", &request.identifier),
        Password::parse("password", &request.password),
        challenge(&login_challenge_sha256),
        Violation::unless_bytes("context.client_id", &client_id, 0..=MAX_CLIENT_ID_BYTES),
        Violation::unless_bytes("context.ip", &ip, 0..=MAX_IP_BYTES),
    );
    match checked {
        (Ok(identifier), Ok(password), Ok(challenge), Ok(()), Ok(())) => {
            Ok(Attempt { identifier, password, challenge, client_id, ip, deadline: Some(deadline) })
        }
        (identifier, password, challenge, client_id, ip) => {
            Err([identifier.err(), password.err(), challenge.err(), client_id.err(), ip.err()]
                .into_iter()
                .flatten()
                .collect())
        }
    }
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

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Verified(subject, at) => Answer::Verified(Verified {
            subject,
            amr: vec!["pwd".to_owned()],
            auth_time: Some(timestamp(at)),
        }),
        Outcome::WrongCredentials => rejected(RejectionReason::WrongCredentials),
        Outcome::ChallengeUsed => rejected(RejectionReason::ChallengeUsed),
    }
}

fn rejected(reason: RejectionReason) -> Answer {
    Answer::Rejected(Rejected { reason: reason.into() })
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    let nanos = at.timestamp_subsec_nanos().try_into().unwrap_or_default();
    Timestamp { seconds: at.timestamp(), nanos }
}
