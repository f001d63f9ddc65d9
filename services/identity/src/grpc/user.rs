//! `UserService`.

use crate::domain::{
    hashing::Hashing,
    user::{self, NewUser},
};
use crate::grpc::{deadline, status};
use crate::store::users;
use chassis::Clock;
use database::Database;
use latchkey_proto::identity::v1::{
    CreateUserRequest, CreateUserResponse, GetUserRequest, GetUserResponse, User,
    user_service_server::UserService,
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Serves the contract from the domain.
#[derive(Debug)]
pub(crate) struct Users {
    pub(crate) database: Database,
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
        let deadline = deadline::of(request.metadata());
        let CreateUserRequest { email, username, display_name, password } = request.into_inner();
        let new =
            NewUser::parse(&email, &username, &display_name, &password, self.password_min_length)
                .map_err(status::invalid)?;
        let created = deadline::within(deadline, async {
            Ok(new.create(&self.database, &self.hashing, &self.clock, Some(deadline)).await?)
        })
        .await?;
        Ok(Response::new(CreateUserResponse { user: Some(message(created)) }))
    }

    async fn get_user(
        &self,
        request: Request<GetUserRequest>,
    ) -> Result<Response<GetUserResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let GetUserRequest { subject } = request.into_inner();
        let user = deadline::within(deadline, find(&self.database, &subject)).await?;
        if !user.active {
            return Err(status::user_disabled());
        }
        Ok(Response::new(GetUserResponse { user: Some(message(user)) }))
    }
}

/// The person with this subject, or the status `NOT_FOUND`.
pub(crate) async fn find(database: &Database, subject: &str) -> Result<user::User, Status> {
    if !user::is_subject(subject) {
        return Err(status::user_not_found());
    }
    users::find(database, subject).await?.ok_or_else(status::user_not_found)
}

fn message(user: user::User) -> User {
    User {
        subject: user.subject,
        email: user.email,
        username: user.username.unwrap_or_default(),
        display_name: user.display_name,
    }
}
