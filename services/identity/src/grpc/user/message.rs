//! A person in the contract.

use crate::domain::user::{self, change};
use crate::grpc::time::timestamp;
use latchkey_proto::identity::v1::{Address, User, UserState};

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
        phone_number: user.phone_number,
        address: address(user.address),
        groups: user.groups,
    }
}

/// None: nothing is known.
pub(crate) fn address(address: user::Address) -> Option<Address> {
    if address == user::Address::default() {
        return None;
    }
    let user::Address { formatted, street_address, locality, region, postal_code, country } =
        address;
    Some(Address { formatted, street_address, locality, region, postal_code, country })
}

/// An address as sent.
pub(super) fn sent(address: Option<Address>) -> user::Address {
    let Address { formatted, street_address, locality, region, postal_code, country } =
        address.unwrap_or_default();
    user::Address { formatted, street_address, locality, region, postal_code, country }
}
