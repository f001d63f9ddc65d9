//! `CreateUser`.

use super::{
    Users,
    message::{message, sent},
};
use crate::domain::user::{Details, create::NewUser};
use crate::grpc::{deadline, status};
use latchkey_proto::identity::v1::{CreateUserRequest, CreateUserResponse};
use tonic::{Request, Status};

pub(super) async fn create(
    users: &Users,
    request: Request<CreateUserRequest>,
) -> Result<CreateUserResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let CreateUserRequest {
        email,
        username,
        display_name,
        password,
        request_id,
        phone_number,
        address,
        groups,
    } = request.into_inner();
    let address = sent(address);
    let details = Details { email, username, display_name, phone_number, address, groups };
    let created = deadline::within(deadline, async {
        let new = NewUser::parse(&details, &password, &request_id, users.password_min_length);
        let new = new.await.map_err(status::invalid)?;
        Ok(new.create(&users.database, &users.hashing, &users.clock, Some(deadline)).await?)
    })
    .await?;
    Ok(CreateUserResponse { user: Some(message(created)) })
}
