//! What the scopes mean, from the client service.

use chassis::{
    grpc::{ChannelError, channel},
    tls::Tls,
};
use latchkey_proto::client::v1::{
    BatchGetScopesRequest, Scope, scope_catalog_service_client::ScopeCatalogServiceClient,
};
use std::time::Duration;
use telemetry::grpc::Channel;
use tonic::Request;
use url::Url;

/// Words are worth a short wait only: without them the page shows bare scope names.
const DEADLINE: Duration = Duration::from_secs(2);

/// The scope catalogue. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue {
    scopes: ScopeCatalogServiceClient<Channel>,
}

impl Catalogue {
    /// The catalogue at `url`. It connects at the first call.
    pub(crate) fn at(url: &Url, tls: Option<&Tls>) -> Result<Self, ChannelError> {
        let channel = channel("client-url", url, tls, DEADLINE)?;
        Ok(Self { scopes: ScopeCatalogServiceClient::new(channel) })
    }

    /// Describes each scope in the reader's language. What the catalogue does not know, and all of
    /// it when the catalogue is down, comes with its bare name.
    pub(crate) async fn describe(&self, names: &[String], language: &str) -> Vec<Scope> {
        let mut request = Request::new(BatchGetScopesRequest {
            names: names.to_vec(),
            languages: vec![language.to_owned()],
        });
        request.set_timeout(DEADLINE);
        let known = match self.scopes.clone().batch_get_scopes(request).await {
            Ok(response) => response.into_inner().scopes,
            Err(status) => {
                tracing::warn!(code = ?status.code(), "the scope catalogue is down: bare names");
                Vec::new()
            }
        };
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
