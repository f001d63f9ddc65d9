//! `UpdateUser`, `SetPassword`, `DisableUser`, `EnableUser` and `DeleteUser`.

use super::{
    Users,
    message::{message, sent},
};
use crate::domain::{
    Violation,
    user::{
        self,
        change::{self, Expected, Patch},
        is_subject,
    },
};
use crate::grpc::{deadline, status};
use latchkey_proto::identity::v1::{
    DeleteUserRequest, DeleteUserResponse, DisableUserRequest, DisableUserResponse,
    EnableUserRequest, EnableUserResponse, SetPasswordRequest, SetPasswordResponse,
    UpdateUserRequest, UpdateUserResponse, User,
};
use prost_types::FieldMask;
use tokio::time::Instant;
use tonic::{Request, Status};

pub(super) async fn update(
    users: &Users,
    request: Request<UpdateUserRequest>,
) -> Result<UpdateUserResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let UpdateUserRequest { user, update_mask } = request.into_inner();
    let user = user.unwrap_or_default();
    let (subject, etag) = (user.subject.clone(), user.etag.clone());
    let patch = patch(&user, &update_mask.unwrap_or_default()).map_err(status::invalid)?;
    let expected = seen(&subject, &etag)?;
    let changed = deadline::within(deadline, async {
        let changed = change::update(&users.database, &users.clock, &subject, expected, &patch);
        changed.await.map_err(|error| status::from_user_error(error, "user."))
    })
    .await?;
    Ok(UpdateUserResponse { user: Some(message(changed)) })
}

pub(super) async fn set_password(
    users: &Users,
    request: Request<SetPasswordRequest>,
) -> Result<SetPasswordResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let SetPasswordRequest { subject, password, etag } = request.into_inner();
    let expected = seen(&subject, &etag)?;
    let changed = deadline::within(deadline, async {
        let whose = (subject.as_str(), expected);
        let rules = (password.as_str(), users.password_min_length);
        let Users { database, hashing, clock, .. } = users;
        Ok(change::set_password(database, hashing, clock, whose, rules, Some(deadline)).await?)
    })
    .await?;
    Ok(SetPasswordResponse { user: Some(message(changed)) })
}

pub(super) async fn disable(
    users: &Users,
    request: Request<DisableUserRequest>,
) -> Result<DisableUserResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let DisableUserRequest { subject, etag } = request.into_inner();
    let changed = set_active(users, deadline, &subject, &etag, false).await?;
    Ok(DisableUserResponse { user: Some(message(changed)) })
}

pub(super) async fn enable(
    users: &Users,
    request: Request<EnableUserRequest>,
) -> Result<EnableUserResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let EnableUserRequest { subject, etag } = request.into_inner();
    let changed = set_active(users, deadline, &subject, &etag, true).await?;
    Ok(EnableUserResponse { user: Some(message(changed)) })
}

pub(super) async fn delete(
    users: &Users,
    request: Request<DeleteUserRequest>,
) -> Result<DeleteUserResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let DeleteUserRequest { subject, etag } = request.into_inner();
    let expected = seen(&subject, &etag)?;
    deadline::within(deadline, async {
        Ok(change::delete(&users.database, &users.clock, &subject, expected).await?)
    })
    .await?;
    Ok(DeleteUserResponse {})
}

async fn set_active(
    users: &Users,
    deadline: Instant,
    subject: &str,
    etag: &str,
    active: bool,
) -> Result<user::User, Status> {
    let expected = seen(subject, etag)?;
    let Users { database, clock, .. } = users;
    deadline::within(deadline, async {
        Ok(change::set_active(database, clock, subject, expected, active).await?)
    })
    .await
}

/// Which version the caller has seen of whom.
fn seen(subject: &str, etag: &str) -> Result<Expected, Status> {
    if is_subject(subject) { Ok(Expected::parse(etag)) } else { Err(status::user_not_found()) }
}

fn patch(user: &User, mask: &FieldMask) -> Result<Patch, Vec<Violation>> {
    if mask.paths.is_empty() {
        return Err(vec![Violation::new("update_mask", "is required")]);
    }
    let mut patch = Patch::default();
    for path in &mask.paths {
        match path.as_str() {
            "email" => patch.email = Some(user.email.clone()),
            "username" => patch.username = Some(user.username.clone()),
            "display_name" => patch.display_name = Some(user.display_name.clone()),
            "phone_number" => patch.phone_number = Some(user.phone_number.clone()),
            "address" => patch.address = Some(sent(user.address.clone())),
            "groups" => patch.groups = Some(user.groups.clone()),
            _ => {
                let problem = "names something else than email, username, display_name, \
                               phone_number, address and groups";
                return Err(vec![Violation::new("update_mask", problem)]);
            }
        }
    }
    Ok(patch)
}
