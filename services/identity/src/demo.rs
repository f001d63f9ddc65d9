//! The two users of the single-machine run. Everybody knows their password.

use crate::domain::{
    hashing::Hashing,
    password::Password,
    user::{Addition, Profile, User},
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
    for (subject, email, display_name) in
        [("1", "user@example.com", "User One"), ("2", "user2@example.com", "User Two")]
    {
        if users::find(database, subject).await?.is_some() {
            continue;
        }
        let hash = hashing.hash(&Password::parse("password", PASSWORD)?, None).await?;
        let profile =
            Profile::parse(email, "", display_name).map_err(|wrong| anyhow!("{wrong:?}"))?;
        let identifiers = profile.identifiers.clone();
        let user = User::new(subject.to_owned(), profile, clock.now());
        let addition = Addition { user, identifiers, password_hash: Some(hash) };
        // Where something is taken, another process was faster, the address is somebody's, or the
        // demo user was deleted.
        users::insert(database, &addition, None).await?;
    }
    tracing::warn!(
        "demo users exist: whoever knows the word `password` signs in as user@example.com or \
         user2@example.com; leave --demo-users out where real people sign in"
    );
    Ok(())
}
