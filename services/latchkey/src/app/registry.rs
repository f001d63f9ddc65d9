//! The registry of apps.

use crate::operator::{ClientService, Credentials, Failure, within};
use chassis::grpc::Channel;
use latchkey_proto::client::v1::{
    App, AppFilter, CreateAppRequest, CreateAppResponse, DeleteAppRequest, GetAppRequest,
    ListAppsRequest, UpdateAppRequest, client_app_service_client::ClientAppServiceClient,
};
use prost_types::FieldMask;
use tonic::{Code, Status};

/// How many apps a call lists.
const PAGE: i32 = 100;

/// Where the registry is. Nothing is connected yet: a wrong file is told first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registry<'a> {
    pub(super) client: &'a ClientService,
    pub(super) credentials: &'a Credentials,
}

/// A connection to it.
#[derive(Debug, Clone)]
pub(super) struct Apps {
    pub(super) calls: ClientAppServiceClient<Channel>,
}

impl Registry<'_> {
    /// Connects, or says how to start it.
    pub(super) async fn connect(self) -> Result<Apps, Failure> {
        let channel = self.client.connect(self.credentials).await?;
        Ok(Apps { calls: ClientAppServiceClient::new(channel) })
    }
}

impl Apps {
    /// The app with this client id.
    pub(super) async fn get(&mut self, client_id: &str) -> Result<App, Failure> {
        let found = self.find(client_id).await?;
        found.ok_or_else(|| {
            Failure::Refused(format!(
                "no app has the client id {client_id}: `latchkey app list` shows all"
            ))
        })
    }

    /// The app with this client id, if there is one.
    pub(super) async fn find(&mut self, client_id: &str) -> Result<Option<App>, Status> {
        let request = GetAppRequest { client_id: client_id.to_owned() };
        match self.calls.get_app(within(request)).await {
            Ok(found) => Ok(found.into_inner().app),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Registers an app; with `dry` only says what it would be like.
    pub(super) async fn create(
        &mut self,
        app: App,
        dry: bool,
    ) -> Result<CreateAppResponse, Status> {
        let request = CreateAppRequest { app: Some(app), validate_only: dry };
        Ok(self.calls.create_app(within(request)).await?.into_inner())
    }

    /// Changes these fields of an app that is as its etag says; with `dry` only says what it would be
    /// like.
    pub(super) async fn update(
        &mut self,
        app: App,
        fields: Vec<String>,
        dry: bool,
    ) -> Result<App, Status> {
        let update_mask = Some(FieldMask { paths: fields });
        let request = UpdateAppRequest { app: Some(app), update_mask, validate_only: dry };
        let updated = self.calls.update_app(within(request)).await?.into_inner();
        Ok(updated.app.unwrap_or_default())
    }

    /// Removes an app that is as its etag says.
    pub(super) async fn delete(&mut self, app: App) -> Result<(), Status> {
        let App { client_id, etag, .. } = app;
        let request = DeleteAppRequest { client_id, etag, validate_only: false };
        self.calls.delete_app(within(request)).await.map(drop)
    }

    /// Hands every app that passes the filter to `each`, page by page.
    pub(super) async fn each(
        &mut self,
        filter: &AppFilter,
        mut each: impl FnMut(App) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut page_token = String::new();
        loop {
            let filter = Some(filter.clone());
            let request = ListAppsRequest { page_size: PAGE, page_token, filter };
            let page = self.calls.list_apps(within(request)).await?.into_inner();
            page.apps.into_iter().try_for_each(&mut each)?;
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}
