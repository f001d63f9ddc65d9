//! `ScopeCatalogService`: the contract over the catalogue.

use crate::registry::scopes;
use latchkey_proto::client::v1::{
    BatchGetScopesRequest, BatchGetScopesResponse, Scope,
    scope_catalog_service_server::{ScopeCatalogService, ScopeCatalogServiceServer},
};
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

const MOST_NAMES: usize = 100;
const LONGEST_NAME: usize = 128;

/// Serves the catalogue.
pub(crate) struct Catalogue;

/// The service, with a limit on what it reads.
pub(super) fn server() -> ScopeCatalogServiceServer<Catalogue> {
    ScopeCatalogServiceServer::new(Catalogue).max_decoding_message_size(chassis::grpc::MAX_MESSAGE)
}

#[tonic::async_trait]
impl ScopeCatalogService for Catalogue {
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
        let known = names.iter().filter_map(|name| scopes::describe(name, &languages));
        Ok(Response::new(BatchGetScopesResponse { scopes: known.map(Scope::from).collect() }))
    }
}

impl From<scopes::Described> for Scope {
    fn from(scope: scopes::Described) -> Self {
        Self {
            name: scope.name.to_owned(),
            title: scope.title.to_owned(),
            description: scope.description.to_owned(),
            always_granted: scope.always_granted,
        }
    }
}

fn invalid(what: &str) -> Status {
    let details = ErrorDetails::with_bad_request_violation("names", what);
    Status::with_error_details(Code::InvalidArgument, what, details)
}
