//! `ScopeCatalogService`: the contract over the catalogue.

use super::{Catalogue, Described, Sensitivity};
use latchkey_proto::client::v1::{
    BatchGetScopesRequest, BatchGetScopesResponse, ListScopesRequest, ListScopesResponse, Scope,
    ScopeSensitivity,
    scope_catalog_service_server::{ScopeCatalogService, ScopeCatalogServiceServer},
};
use std::sync::Arc;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

const MOST_NAMES: usize = 100;
const LONGEST_NAME: usize = 128;

/// Serves the catalogue.
pub(crate) struct Scopes {
    catalogue: Arc<Catalogue>,
}

/// The service, with a limit on what it reads.
pub(crate) fn server(catalogue: Arc<Catalogue>) -> ScopeCatalogServiceServer<Scopes> {
    let service = ScopeCatalogServiceServer::new(Scopes { catalogue });
    service.max_decoding_message_size(chassis::grpc::MAX_MESSAGE)
}

#[tonic::async_trait]
impl ScopeCatalogService for Scopes {
    async fn batch_get_scopes(
        &self,
        request: Request<BatchGetScopesRequest>,
    ) -> Result<Response<BatchGetScopesResponse>, Status> {
        let BatchGetScopesRequest { names, languages } = request.into_inner();
        if names.len() > MOST_NAMES {
            return Err(invalid("at most 100 names are allowed"));
        }
        if names.iter().any(|name| name.len() > LONGEST_NAME) {
            return Err(invalid("a name has at most 128 bytes"));
        }
        let known = names.iter().filter_map(|name| self.catalogue.describe(name, &languages));
        Ok(Response::new(BatchGetScopesResponse { scopes: known.map(Scope::from).collect() }))
    }

    async fn list_scopes(
        &self,
        request: Request<ListScopesRequest>,
    ) -> Result<Response<ListScopesResponse>, Status> {
        let ListScopesRequest { languages } = request.into_inner();
        let scopes = self.catalogue.all(&languages).map(Scope::from).collect();
        Ok(Response::new(ListScopesResponse { scopes }))
    }
}

impl From<Described<'_>> for Scope {
    fn from(scope: Described<'_>) -> Self {
        let sensitivity = match scope.sensitivity {
            Sensitivity::Low => ScopeSensitivity::Low,
            Sensitivity::Medium => ScopeSensitivity::Medium,
            Sensitivity::High => ScopeSensitivity::High,
        };
        Self {
            name: scope.name.to_owned(),
            title: scope.title.to_owned(),
            description: scope.description.to_owned(),
            always_granted: scope.always_granted,
            first_party: scope.first_party,
            sensitivity: sensitivity.into(),
            owner: scope.owner.to_owned(),
        }
    }
}

fn invalid(what: &str) -> Status {
    let details = ErrorDetails::with_bad_request_violation("names", what);
    Status::with_error_details(Code::InvalidArgument, what, details)
}
