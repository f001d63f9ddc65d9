//! The two users of the single-machine run. Everybody knows their password.

use crate::domain::{
    hashing::Hashing,
    password::Password,
    user::{Addition, Address, Details, Profile, User, create},
};
use crate::store::users;
use anyhow::anyhow;
use chassis::Clock;
use database::Database;

const PASSWORD: &str = "password";

/// Creates those of the demo users that are not there yet.
pub(crate) async fn create(
    database: &Database,
    hashing: &Hashing,
    clock: &Clock,
) -> anyhow::Result<()> {
    for (subject, email, display_name, phone_number, city) in [
        ("1", "user@example.com", "User One", "+1 555 0100 001", "Springfield"),
        ("2", "user2@example.com", "User Two", "+1 555 0100 002", "Shelbyville"),
    ] {
        if users::find(database, subject).await?.is_some() {
            continue;
        }
        let hash = hashing.hash(&Password::parse("password", PASSWORD)?, None).await?;
        let street = format!("{subject} Example Street");
        let details = Details {
            email: email.to_owned(),
            display_name: display_name.to_owned(),
            phone_number: phone_number.to_owned(),
            address: Address {
                formatted: format!("{display_name}\n{street}\n{city}"),
                street_address: street,
                locality: city.to_owned(),
                ..Address::default()
            },
            ..Details::default()
        };
        let profile = Profile::parse(&details).map_err(|wrong| anyhow!("{wrong:?}"))?;
        let identifiers = profile.identifiers.clone();
        let user = User::new(subject.to_owned(), profile, clock.now());
        let addition = Addition { user, identifiers, password_hash: Some(hash) };
        // Where something is taken, another process was faster, the address is somebody's, or the
        // demo user was deleted.
        create::add(database, &addition, None).await?;
    }
    tracing::warn!(
        "demo users exist: whoever knows the word `password` signs in as user@example.com or \
         user2@example.com; leave --demo-users out where real people sign in"
    );
    Ok(())
}
