//! What identity keeps: the record of sign-ins, and who is to be signed out.

use chassis::{
    grpc::{ChannelError, channel},
    tls::Tls,
};
use latchkey_proto::identity::v1::{
    CompleteSignOutRequest, EndSessionRequest, GetSessionRequest, ListSessionsRequest,
    ListSignOutsRequest, RequestSignOutRequest, Session, SignOut,
    session_service_client::SessionServiceClient,
};
use std::time::Duration;
use tonic::{Code, Request, Status, metadata::MetadataValue};
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};
use url::Url;

/// How long identity may take.
const DEADLINE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(1);

/// A trace that nobody keeps (W3C Trace Context, flag `sampled` off): for what is asked every second.
const UNTRACED: &str = "00-00000000000000000000000000000001-0000000000000001-00";

/// The identity service. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    sessions: SessionServiceClient<chassis::grpc::Channel>,
}

impl Identity {
    /// The identity service at `urls`. It connects at the first call.
    pub(crate) fn at(urls: &[Url], tls: Option<&Tls>) -> Result<Self, ChannelError> {
        let channel = channel("identity-url", urls, tls, CONNECT)?;
        Ok(Self { sessions: SessionServiceClient::new(channel) })
    }

    /// Asks that a person be signed out.
    pub(super) async fn request_sign_out(&self, subject: &str) -> Result<SignOut, Status> {
        let request = RequestSignOutRequest { subject: subject.to_owned() };
        let answer = self.sessions.clone().request_sign_out(within(request)).await?.into_inner();
        answer.sign_out.ok_or_else(|| Status::data_loss("no sign-out"))
    }

    /// The sign-outs that are not complete.
    pub(super) async fn sign_outs(&self) -> Result<Vec<SignOut>, Status> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let mut request = within(ListSignOutsRequest { page_size: 0, page_token });
            request.metadata_mut().insert("traceparent", MetadataValue::from_static(UNTRACED));
            let mut sessions = self.sessions.clone();
            let page = sessions.list_sign_outs(request).with_subscriber(NoSubscriber::new());
            let page = page.await?.into_inner();
            all.extend(page.sign_outs);
            if page.next_page_token.is_empty() {
                return Ok(all);
            }
            page_token = page.next_page_token;
        }
    }

    /// Hydra has forgotten all that this is about.
    pub(super) async fn complete_sign_out(&self, sign_out: SignOut) -> Result<(), Status> {
        let request = CompleteSignOutRequest { sign_out: Some(sign_out) };
        self.sessions.clone().complete_sign_out(within(request)).await.map(drop)
    }

    /// All sessions of a person that have not ended.
    pub(super) async fn sessions(&self, subject: &str) -> Result<Vec<Session>, Status> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let subject = subject.to_owned();
            let request = ListSessionsRequest { subject, page_size: 0, page_token };
            let page = self.sessions.clone().list_sessions(within(request)).await?.into_inner();
            all.extend(page.sessions);
            if page.next_page_token.is_empty() {
                return Ok(all);
            }
            page_token = page.next_page_token;
        }
    }

    /// Whose session it is, if it is one.
    pub(super) async fn subject_of(&self, id: &str) -> Result<Option<String>, Status> {
        let request = GetSessionRequest { session_id: id.to_owned() };
        match self.sessions.clone().get_session(within(request)).await {
            Ok(answer) => Ok(answer.into_inner().session.map(|session| session.subject)),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Ends a session.
    pub(super) async fn end_session(&self, id: &str) -> Result<(), Status> {
        let request = EndSessionRequest { session_id: id.to_owned() };
        self.sessions.clone().end_session(within(request)).await.map(drop)
    }
}

fn within<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}
