//! `SessionService`.

use super::user::message as user_message;
use crate::domain::{
    Violation,
    session::{self, SessionError, SignOut},
    user::is_subject,
};
use crate::grpc::{
    deadline, page, status,
    time::{point, timestamp},
};
use crate::store::{sessions, sign_outs};
use chassis::Clock;
use chrono::DateTime;
use database::Database;
use latchkey_proto::identity::v1::{
    self as contract, CompleteSignOutRequest, CompleteSignOutResponse, ContinueSessionRequest,
    ContinueSessionResponse, EndSessionRequest, EndSessionResponse, GetSessionRequest,
    GetSessionResponse, ListSessionsRequest, ListSessionsResponse, ListSignOutsRequest,
    ListSignOutsResponse, RequestSignOutRequest, RequestSignOutResponse, Session,
    session_service_server::SessionService,
};
use tonic::{Request, Response, Status};

/// Serves the record of sign-ins.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn get_session(
        &self,
        request: Request<GetSessionRequest>,
    ) -> Result<Response<GetSessionResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let GetSessionRequest { session_id } = request.into_inner();
        let found = deadline::within(deadline, async {
            Ok(session::find(&self.database, &session_id).await?)
        })
        .await?;
        Ok(Response::new(GetSessionResponse { session: Some(message(found)) }))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let ListSessionsRequest { subject, page_size, page_token } = request.into_inner();
        let subject = whose("subject", subject)?;
        let (size, after) = page(page_size, &page_token, subject.as_bytes())?;
        let found = deadline::within(deadline, async {
            Ok(sessions::list(&self.database, &subject, &after, size + 1).await?)
        })
        .await?;
        let (found, next_page_token) =
            page::cut(found, size, subject.as_bytes(), |session| session.id.as_bytes());
        let sessions = found.into_iter().map(message).collect();
        Ok(Response::new(ListSessionsResponse { sessions, next_page_token }))
    }

    async fn continue_session(
        &self,
        request: Request<ContinueSessionRequest>,
    ) -> Result<Response<ContinueSessionResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let ContinueSessionRequest { session_id, subject } = request.into_inner();
        let (session, user) = deadline::within(deadline, async {
            Ok(session::resume(&self.database, &self.clock, &session_id, &subject).await?)
        })
        .await?;
        let (session, user) = (Some(message(session)), Some(user_message(user)));
        Ok(Response::new(ContinueSessionResponse { session, user }))
    }

    async fn end_session(
        &self,
        request: Request<EndSessionRequest>,
    ) -> Result<Response<EndSessionResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let EndSessionRequest { session_id } = request.into_inner();
        deadline::within(deadline, async {
            Ok(session::end(&self.database, &self.clock, &session_id).await?)
        })
        .await?;
        Ok(Response::new(EndSessionResponse {}))
    }

    async fn request_sign_out(
        &self,
        request: Request<RequestSignOutRequest>,
    ) -> Result<Response<RequestSignOutResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let subject = whose("subject", request.into_inner().subject)?;
        let requested = deadline::within(deadline, async {
            Ok(session::request_sign_out(&self.database, &self.clock, &subject).await?)
        })
        .await?;
        let sign_out = Some(sign_out(requested));
        Ok(Response::new(RequestSignOutResponse { sign_out }))
    }

    async fn list_sign_outs(
        &self,
        request: Request<ListSignOutsRequest>,
    ) -> Result<Response<ListSignOutsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let ListSignOutsRequest { page_size, page_token } = request.into_inner();
        let (size, after) = page(page_size, &page_token, b"")?;
        let found = deadline::within(deadline, async {
            Ok(sign_outs::list(&self.database, &after, size + 1).await?)
        })
        .await?;
        let (found, next_page_token) =
            page::cut(found, size, b"", |sign_out| sign_out.subject.as_bytes());
        let sign_outs = found.into_iter().map(sign_out).collect();
        Ok(Response::new(ListSignOutsResponse { sign_outs, next_page_token }))
    }

    async fn complete_sign_out(
        &self,
        request: Request<CompleteSignOutRequest>,
    ) -> Result<Response<CompleteSignOutResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let done = done(request.into_inner().sign_out.unwrap_or_default())?;
        deadline::within(deadline, async {
            Ok(session::complete_sign_out(&self.database, &self.clock, &done).await?)
        })
        .await?;
        Ok(Response::new(CompleteSignOutResponse {}))
    }
}

impl From<SessionError> for Status {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NotFound => status::session_not_found(),
            SessionError::User(error) => error.into(),
            SessionError::Disabled => status::user_disabled(),
            SessionError::Store(error) => error.into(),
        }
    }
}

fn whose(field: &'static str, subject: String) -> Result<String, Status> {
    let wrong = || status::invalid(vec![Violation::new(field, "is no subject")]);
    if is_subject(&subject) { Ok(subject) } else { Err(wrong()) }
}

fn page(size: i32, token: &str, filters: &[u8]) -> Result<(i64, String), Status> {
    let wrong = |violation| status::invalid(vec![violation]);
    let size = page::size(size).map_err(wrong)?;
    let after = page::id(filters, token).map_err(wrong)?;
    Ok((size, after))
}

fn done(sign_out: contract::SignOut) -> Result<SignOut, Status> {
    let subject = whose("sign_out.subject", sign_out.subject)?;
    let missing = || Violation::new("sign_out.request_time", "is required");
    let time = sign_out.request_time.ok_or_else(missing);
    let requested_at = time
        .and_then(|time| point("sign_out.request_time", Some(time), DateTime::UNIX_EPOCH))
        .map_err(|violation| status::invalid(vec![violation]))?;
    Ok(SignOut { subject, requested_at })
}

fn sign_out(sign_out: SignOut) -> contract::SignOut {
    contract::SignOut {
        subject: sign_out.subject,
        request_time: Some(timestamp(sign_out.requested_at)),
    }
}

fn message(session: session::Session) -> Session {
    Session {
        session_id: session.id,
        subject: session.subject,
        acr: session.acr,
        amr: session.amr,
        auth_time: Some(timestamp(session.authenticated_at)),
        client_id: session.client_id,
        ip: session.ip,
        user_agent: session.user_agent,
        create_time: Some(timestamp(session.created_at)),
        last_use_time: Some(timestamp(session.used_at)),
        end_time: session.ended_at.map(timestamp),
    }
}
