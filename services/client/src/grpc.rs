//! The contracts that are served: where each is, and who may call what.

use crate::{
    registry::grpc::{self as registry, ClientApps},
    scopes::{self, Catalogue},
    sign_out::{self, SignOuts},
};
use callers::{Access, Table};
use latchkey_proto::client::v1::{
    client_app_service_server::SERVICE_NAME as APPS,
    scope_catalog_service_server::SERVICE_NAME as SCOPES,
    sign_out_service_server::SERVICE_NAME as SIGN_OUT,
};
use std::sync::Arc;
use tonic::service::Routes;

/// Who may read and change apps.
const MANAGE: Access = Access::Service(&["clients.manage"]);

/// Who may read the catalogue.
const READ_SCOPES: Access = Access::Service(&["scopes.read"]);

/// What each method asks of its caller. What is not in it cannot be called.
pub(crate) const ACCESS: Table = &[
    ("/latchkey.client.v1.ClientAppService/CreateApp", MANAGE),
    ("/latchkey.client.v1.ClientAppService/DeleteApp", MANAGE),
    ("/latchkey.client.v1.ClientAppService/GetApp", MANAGE),
    ("/latchkey.client.v1.ClientAppService/ListAppEvents", MANAGE),
    ("/latchkey.client.v1.ClientAppService/ListApps", MANAGE),
    ("/latchkey.client.v1.ClientAppService/RotateAppSecret", MANAGE),
    ("/latchkey.client.v1.ClientAppService/UpdateApp", MANAGE),
    ("/latchkey.client.v1.ScopeCatalogService/BatchGetScopes", READ_SCOPES),
    ("/latchkey.client.v1.ScopeCatalogService/ListScopes", READ_SCOPES),
    ("/latchkey.client.v1.SignOutService/SignOut", Access::Service(&["sessions.end"])),
];

/// The full names of the services.
pub(crate) const SERVICES: &[&str] = &[APPS, SCOPES, SIGN_OUT];

/// The services.
pub(crate) fn routes(apps: ClientApps, catalogue: Arc<Catalogue>, sign_outs: SignOuts) -> Routes {
    Routes::new(registry::server(apps))
        .add_service(scopes::server(catalogue))
        .add_service(sign_out::server(sign_outs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_registry_has_its_access() {
        let listed: Vec<_> = ACCESS.iter().map(|(path, _)| *path).collect();
        assert_eq!(latchkey_proto::methods("latchkey.client.v1").unwrap(), listed);
    }
}
