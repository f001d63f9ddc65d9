//! A person in the contract.

use crate::domain::user::{self, change};
use crate::grpc::time::timestamp;
use latchkey_proto::identity::v1::{User, UserState};

pub(crate) fn message(user: user::User) -> User {
    let state = if user.active { UserState::Active } else { UserState::Disabled };
    User {
        etag: change::etag(&user),
        subject: user.subject,
        email: user.email,
        username: user.username.unwrap_or_default(),
        display_name: user.display_name,
        state: state.into(),
        create_time: Some(timestamp(user.created_at)),
        update_time: Some(timestamp(user.updated_at)),
    }
}
