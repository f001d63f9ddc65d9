//! `UserService`: a file for each kind of call.

mod change;
mod create;
mod import;
mod message;
mod read;

pub(crate) use message::{address, message};
pub(crate) use read::find;

use crate::domain::hashing::Hashing;
use crate::store::users::Finder;
use chassis::Clock;
use database::Database;
use latchkey_proto::identity::v1::{
    BatchGetUsersRequest, BatchGetUsersResponse, CreateUserRequest, CreateUserResponse,
    DeleteUserRequest, DeleteUserResponse, DisableUserRequest, DisableUserResponse,
    EnableUserRequest, EnableUserResponse, GetUserRequest, GetUserResponse, ImportUsersRequest,
    ListUsersRequest, ListUsersResponse, SetPasswordRequest, SetPasswordResponse,
    UpdateUserRequest, UpdateUserResponse, user_service_server::UserService,
};
use std::sync::Arc;
use tonic::{Request, Response, Status, Streaming};

/// Serves the contract from the domain.
#[derive(Debug, Clone)]
pub(crate) struct Users {
    pub(crate) database: Database,
    pub(crate) people: Finder,
    pub(crate) hashing: Arc<Hashing>,
    pub(crate) clock: Clock,
    pub(crate) password_min_length: u16,
}

#[tonic::async_trait]
impl UserService for Users {
    async fn create_user(
        &self,
        request: Request<CreateUserRequest>,
    ) -> Result<Response<CreateUserResponse>, Status> {
        create::create(self, request).await.map(Response::new)
    }

    async fn get_user(
        &self,
        request: Request<GetUserRequest>,
    ) -> Result<Response<GetUserResponse>, Status> {
        read::get(self, request).await.map(Response::new)
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        read::batch(self, request).await.map(Response::new)
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        read::list(self, request).await.map(Response::new)
    }

    async fn update_user(
        &self,
        request: Request<UpdateUserRequest>,
    ) -> Result<Response<UpdateUserResponse>, Status> {
        change::update(self, request).await.map(Response::new)
    }

    async fn set_password(
        &self,
        request: Request<SetPasswordRequest>,
    ) -> Result<Response<SetPasswordResponse>, Status> {
        change::set_password(self, request).await.map(Response::new)
    }

    async fn disable_user(
        &self,
        request: Request<DisableUserRequest>,
    ) -> Result<Response<DisableUserResponse>, Status> {
        change::disable(self, request).await.map(Response::new)
    }

    async fn enable_user(
        &self,
        request: Request<EnableUserRequest>,
    ) -> Result<Response<EnableUserResponse>, Status> {
        change::enable(self, request).await.map(Response::new)
    }

    async fn delete_user(
        &self,
        request: Request<DeleteUserRequest>,
    ) -> Result<Response<DeleteUserResponse>, Status> {
        change::delete(self, request).await.map(Response::new)
    }

    type ImportUsersStream = import::Results;

    async fn import_users(
        &self,
        request: Request<Streaming<ImportUsersRequest>>,
    ) -> Result<Response<Self::ImportUsersStream>, Status> {
        Ok(Response::new(import::import(self.clone(), request.into_inner())))
    }
}
