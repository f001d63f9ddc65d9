//! The two users of the single-machine run. Everybody knows their password.

use crate::domain::{hashing::Hashing, identifier::Identifier, password::Password, user::User};
use crate::store::{StoreError, users};
use chassis::Clock;
use database::Database;

const PASSWORD: &str = "password";

/// Creates those of the demo users that are not there yet.
pub(crate) async fn create(
    database: &Database,
    hashing: &Hashing,
    clock: &Clock,
) -> anyhow::Result<()> {
    for (subject, email, display_name) in
        [("1", "user@example.com", "User One"), ("2", "user2@example.com", "User Two")]
    {
        if users::find(database, subject).await?.is_some() {
            continue;
        }
        let hash = hashing.hash(&Password::parse("password", PASSWORD)?, None).await?;
        let user = User {
            subject: subject.to_owned(),
            email: email.to_owned(),
            username: None,
            display_name: display_name.to_owned(),
            active: true,
        };
        let identifiers = [Identifier::parse("email", email)?];
        match users::insert(database, &user, &identifiers, &hash, clock.now()).await {
            // Another process was faster, or the address is somebody's.
            Ok(()) | Err(StoreError::Duplicate) => {}
            Err(error) => return Err(error.into()),
        }
    }
    tracing::warn!(
        "demo users exist: whoever knows the word `password` signs in as user@example.com or \
         user2@example.com; leave --demo-users out where real people sign in"
    );
    Ok(())
}
