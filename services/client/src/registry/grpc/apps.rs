//! The calls.

use super::{events, message::message, patch, status};
use crate::{
    registry::apps::{Apps, Filter, Page, Registered, Seen},
    seal::Seal,
};
use chassis::grpc::deadline;
use latchkey_proto::client::v1::{
    CreateAppRequest, CreateAppResponse, DeleteAppRequest, DeleteAppResponse, GetAppRequest,
    GetAppResponse, ListAppEventsRequest, ListAppEventsResponse, ListAppsRequest, ListAppsResponse,
    RotateAppSecretRequest, RotateAppSecretResponse, UpdateAppRequest, UpdateAppResponse,
    client_app_service_server::{ClientAppService, ClientAppServiceServer},
};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Serves the contract from the registry.
pub(crate) struct ClientApps {
    pub(crate) apps: Apps,
    /// Seals page tokens.
    pub(crate) seal: Arc<Seal>,
}

/// The service, with a limit on what it reads.
pub(crate) fn server(apps: ClientApps) -> ClientAppServiceServer<ClientApps> {
    let service = ClientAppServiceServer::new(apps);
    service.max_decoding_message_size(chassis::grpc::MAX_MESSAGE)
}

#[tonic::async_trait]
impl ClientAppService for ClientApps {
    async fn create_app(
        &self,
        request: Request<CreateAppRequest>,
    ) -> Result<Response<CreateAppResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let CreateAppRequest { app, validate_only } = request.into_inner();
        let app = patch::new_app(&app.unwrap_or_default())
            .map_err(|wrong| status::invalid("app.", vec![wrong]))?;
        let Registered { app, secret } = deadline::within(deadline, async {
            Box::pin(self.apps.create(app, validate_only)).await.map_err(status::from_app_error)
        })
        .await?;
        let client_secret = tell_once(secret.as_ref());
        Ok(Response::new(CreateAppResponse { app: Some(message(app)), client_secret }))
    }

    async fn get_app(
        &self,
        request: Request<GetAppRequest>,
    ) -> Result<Response<GetAppResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let GetAppRequest { client_id } = request.into_inner();
        let app = deadline::within(deadline, async {
            self.apps.find(&client_id).await.map_err(status::from_app_error)
        })
        .await?;
        Ok(Response::new(GetAppResponse { app: Some(message(app)) }))
    }

    async fn list_apps(
        &self,
        request: Request<ListAppsRequest>,
    ) -> Result<Response<ListAppsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let ListAppsRequest { page_size, page_token, filter } = request.into_inner();
        let filter = filter.unwrap_or_default();
        let filter = Filter { owner: filter.owner, source: filter.source };
        let page = Page::parse(page_size, &page_token, &filter, &self.seal)
            .map_err(|wrong| status::invalid("", vec![wrong]))?;
        let (apps, next_page_token) = deadline::within(deadline, async {
            self.apps.list(&filter, &page, &self.seal).await.map_err(status::from_app_error)
        })
        .await?;
        let apps = apps.into_iter().map(message).collect();
        Ok(Response::new(ListAppsResponse { apps, next_page_token }))
    }

    async fn update_app(
        &self,
        request: Request<UpdateAppRequest>,
    ) -> Result<Response<UpdateAppResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let UpdateAppRequest { app, update_mask, validate_only } = request.into_inner();
        let app = app.unwrap_or_default();
        let fields = patch::fields(&update_mask.unwrap_or_default())
            .map_err(|wrong| status::invalid("", vec![wrong]))?;
        let seen = Seen { client_id: app.client_id.clone(), etag: app.etag.clone() };
        let (named, patch) = (fields.clone(), patch::patch(app, fields));
        let app = deadline::within(deadline, async {
            let updated = self.apps.update(seen, named, patch, validate_only);
            updated.await.map_err(status::from_app_error)
        })
        .await?;
        Ok(Response::new(UpdateAppResponse { app: Some(message(app)) }))
    }

    async fn delete_app(
        &self,
        request: Request<DeleteAppRequest>,
    ) -> Result<Response<DeleteAppResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let DeleteAppRequest { client_id, etag, validate_only } = request.into_inner();
        deadline::within(deadline, async {
            let deleted = self.apps.delete(Seen { client_id, etag }, validate_only);
            deleted.await.map_err(status::from_app_error)
        })
        .await?;
        Ok(Response::new(DeleteAppResponse {}))
    }

    async fn rotate_app_secret(
        &self,
        request: Request<RotateAppSecretRequest>,
    ) -> Result<Response<RotateAppSecretResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let RotateAppSecretRequest { client_id, etag } = request.into_inner();
        let Registered { app, secret } = deadline::within(deadline, async {
            let rotated = self.apps.rotate_secret(Seen { client_id, etag });
            rotated.await.map_err(status::from_app_error)
        })
        .await?;
        let client_secret = tell_once(secret.as_ref());
        Ok(Response::new(RotateAppSecretResponse { app: Some(message(app)), client_secret }))
    }

    async fn list_app_events(
        &self,
        request: Request<ListAppEventsRequest>,
    ) -> Result<Response<ListAppEventsResponse>, Status> {
        events::list(&self.apps.journal, request).await.map(Response::new)
    }
}

fn tell_once(secret: Option<&SecretString>) -> String {
    secret.map(|secret| secret.expose_secret().to_owned()).unwrap_or_default()
}
