//! The two users of the single-machine run. Everybody knows their password.

use crate::domain::user::{Addition, Address, Details, Profile, User, create};
use crate::store::users;
use anyhow::anyhow;
use chassis::Clock;
use database::Database;

/// The word `password`. It keeps no rule for passwords, so that only its hash can be given.
pub const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$OGdxSkhVdWswZjJsdEsuTg$w0vkba9TeSWqFnM1sKASQTPc99NuNv5hJbm9zMkKC98";

/// Both of them.
pub const USERS: [DemoUser; 2] = [
    DemoUser {
        subject: "1",
        email: "user@example.com",
        display_name: "User One",
        phone_number: "+15550100001",
        street_address: "1 Example Street",
        locality: "Springfield",
    },
    DemoUser {
        subject: "2",
        email: "user2@example.com",
        display_name: "User Two",
        phone_number: "+15550100002",
        street_address: "2 Example Street",
        locality: "Shelbyville",
    },
];

/// Somebody who does not exist, and what is known of them.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct DemoUser {
    pub subject: &'static str,
    pub email: &'static str,
    pub display_name: &'static str,
    pub phone_number: &'static str,
    pub street_address: &'static str,
    pub locality: &'static str,
}

impl DemoUser {
    /// The whole address, as on a mailing label.
    #[must_use]
    pub fn formatted_address(&self) -> String {
        [self.display_name, self.street_address, self.locality].join("\n")
    }

    /// Whether they are there, or are now.
    async fn create(&self, database: &Database, clock: &Clock) -> anyhow::Result<bool> {
        if users::find(database, self.subject).await?.is_some() {
            return Ok(true);
        }
        let details = Details {
            email: self.email.to_owned(),
            display_name: self.display_name.to_owned(),
            phone_number: self.phone_number.to_owned(),
            address: Address {
                formatted: self.formatted_address(),
                street_address: self.street_address.to_owned(),
                locality: self.locality.to_owned(),
                ..Address::default()
            },
            ..Details::default()
        };
        let profile = Profile::parse(&details).map_err(|wrong| anyhow!("{wrong:?}"))?;
        let identifiers = profile.identifiers.clone();
        let user = User::new(self.subject.to_owned(), profile, clock.now());
        let password_hash = Some(PASSWORD_HASH.to_owned());
        let addition = Addition { user, identifiers, password_hash };
        let added = create::add(database, &addition, None).await?;
        // Where something is taken, another process was faster, the address is somebody's, or the demo
        // user was deleted.
        Ok(added || users::find(database, self.subject).await?.is_some())
    }
}

/// Creates those of the demo users that are not there yet.
pub(crate) async fn create(database: &Database, clock: &Clock) -> anyhow::Result<()> {
    for user in USERS {
        if user.create(database, clock).await? {
            tracing::warn!(
                "a demo user exists: whoever knows the word `password` signs in as {}; leave \
                 --demo-users out where real people sign in",
                user.email
            );
        }
    }
    Ok(())
}
