//! `SignOutService`: the contract over the sign-out.

use super::{App, Report, SignOuts, Step};
use latchkey_proto::client::v1::{
    AppSignOut, SignOutRequest, SignOutResponse, SignOutStep,
    sign_out_request::Target,
    sign_out_service_server::{SignOutService, SignOutServiceServer},
};
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// No subject and no session id is longer.
const LONGEST_TARGET: usize = 64;

/// The service, with a limit on what it reads.
pub(crate) fn server(sign_outs: SignOuts) -> SignOutServiceServer<SignOuts> {
    SignOutServiceServer::new(sign_outs).max_decoding_message_size(chassis::grpc::MAX_MESSAGE)
}

#[tonic::async_trait]
impl SignOutService for SignOuts {
    async fn sign_out(
        &self,
        request: Request<SignOutRequest>,
    ) -> Result<Response<SignOutResponse>, Status> {
        let report = match request.into_inner().target {
            Some(Target::Subject(subject)) => self.person(checked("subject", &subject)?).await,
            Some(Target::SessionId(id)) => {
                let id = checked("session_id", &id)?;
                let Some(subject) = self.identity.subject_of(id).await.map_err(unknown)? else {
                    return Err(Status::not_found("no sign-in has this session id"));
                };
                self.session(&subject, id).await
            }
            None => return Err(invalid("target", "is required")),
        };
        Ok(Response::new(report.into()))
    }
}

impl From<Report> for SignOutResponse {
    fn from(report: Report) -> Self {
        Self {
            complete: report.is_complete(),
            steps: report.steps.into_iter().map(SignOutStep::from).collect(),
            apps: report.apps.into_iter().map(app).collect(),
        }
    }
}

impl From<Step> for SignOutStep {
    fn from(Step { action, session_id, problem }: Step) -> Self {
        let problem = problem.unwrap_or_default().to_owned();
        Self { action: action.into(), session_id, problem }
    }
}

fn app((client_id, app): (String, App)) -> AppSignOut {
    AppSignOut {
        client_id,
        client_name: app.name,
        session_ids: app.session_ids.into_iter().collect(),
        tokens_revoked: app.tokens_revoked,
    }
}

fn checked<'a>(field: &str, text: &'a str) -> Result<&'a str, Status> {
    if (1..=LONGEST_TARGET).contains(&text.len()) && !text.contains(char::is_control) {
        Ok(text)
    } else {
        Err(invalid(field, "has not 1 to 64 bytes, or has a control character"))
    }
}

fn invalid(field: &str, what: &str) -> Status {
    let details = ErrorDetails::with_bad_request_violation(field, what);
    Status::with_error_details(Code::InvalidArgument, format!("{field} {what}"), details)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn unknown(status: Status) -> Status {
    tracing::warn!(code = ?status.code(), "nobody says whose session it is");
    Status::unavailable("identity cannot be reached")
}
