//! What the pages ask the client service: what the scopes mean, and to sign somebody out.

use chassis::{
    grpc::{Channel, ChannelError, channel},
    tls::Tls,
};
use latchkey_proto::client::v1::{
    BatchGetScopesRequest, Scope, SignOutRequest,
    scope_catalog_service_client::ScopeCatalogServiceClient, sign_out_request::Target,
    sign_out_service_client::SignOutServiceClient,
};
use std::time::Duration;
use tonic::{Code, Request};
use url::Url;

/// Words are worth a short wait only: without them the page shows bare scope names.
const DEADLINE: Duration = Duration::from_secs(2);

/// The contract allows no more names in one call.
const AT_ONCE: usize = 100;

/// How long a connection to one of its processes may take: there may be another one.
const CONNECT: Duration = Duration::from_secs(1);

/// A sign-out is several calls to Hydra for each session.
const SIGN_OUT: Duration = Duration::from_secs(10);

/// The client service does not sign out. It goes on by itself where it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("nobody is signed out everywhere: {0:?}")]
pub(crate) struct NotSignedOut(Code);

/// The client service. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ClientService {
    scopes: ScopeCatalogServiceClient<Channel>,
    sign_outs: SignOutServiceClient<Channel>,
}

impl ClientService {
    /// The client service at `urls`. It connects at the first call.
    pub(crate) fn at(urls: &[Url], tls: Option<&Tls>) -> Result<Self, ChannelError> {
        let channel = channel("client-url", urls, tls, CONNECT)?;
        Ok(Self {
            scopes: ScopeCatalogServiceClient::new(channel.clone()),
            sign_outs: SignOutServiceClient::new(channel),
        })
    }

    /// Signs a person out everywhere.
    pub(crate) async fn sign_out(&self, subject: &str) -> Result<(), NotSignedOut> {
        self.end(Target::Subject(subject.to_owned())).await
    }

    /// Ends one session.
    pub(crate) async fn end_session(&self, id: &str) -> Result<(), NotSignedOut> {
        self.end(Target::SessionId(id.to_owned())).await
    }

    async fn end(&self, target: Target) -> Result<(), NotSignedOut> {
        let mut request = Request::new(SignOutRequest { target: Some(target) });
        request.set_timeout(SIGN_OUT);
        match self.sign_outs.clone().sign_out(request).await {
            Ok(answer) if answer.get_ref().complete => Ok(()),
            Ok(_) => Err(NotSignedOut(Code::Aborted)),
            Err(status) => Err(NotSignedOut(status.code())),
        }
    }

    /// Describes each scope in the reader's language. What the catalogue does not know, and what it
    /// does not tell of in time, comes with its bare name.
    pub(crate) async fn describe(&self, names: &[String], language: &str) -> Vec<Scope> {
        let mut known = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let languages = vec![language.to_owned()];
            let mut request =
                Request::new(BatchGetScopesRequest { names: names.to_vec(), languages });
            request.set_timeout(DEADLINE);
            match self.scopes.clone().batch_get_scopes(request).await {
                Ok(response) => known.extend(response.into_inner().scopes),
                Err(status) => {
                    tracing::warn!(code = ?status.code(), "no words for scopes: bare names");
                    break;
                }
            }
        }
        names.iter().map(|name| described(name, &known)).collect()
    }
}

fn described(name: &str, known: &[Scope]) -> Scope {
    known.iter().find(|scope| scope.name == name).cloned().unwrap_or_else(|| Scope {
        name: name.to_owned(),
        title: name.to_owned(),
        ..Scope::default()
    })
}
