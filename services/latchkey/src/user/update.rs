//! `latchkey user update`. What was found is what is changed: the etag says so.

use super::{identity::Identity, postal::PostalAddress, refusal::refusal_of};
use crate::operator::{Failure, within};
use latchkey_proto::identity::v1::{UpdateUserRequest, User};
use prost_types::FieldMask;

const EXAMPLES: &str = "\
Examples:
  latchkey user update ada@example.com --add-group sales --remove-group interns
  latchkey user update ada@example.com --phone-number ''      # takes it away";

/// An option with an empty value takes away what is there.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Subject, email address or user name
    who: String,

    /// Email address
    #[arg(long)]
    email: Option<String>,

    /// The name to show
    #[arg(long)]
    name: Option<String>,

    /// User name, to sign in with beside the email address
    #[arg(long)]
    username: Option<String>,

    /// Phone number with its country code, such as +6221555012
    #[arg(long, value_name = "NUMBER")]
    phone_number: Option<String>,

    /// A group that the person is in from now on; may be given several times
    #[arg(long = "add-group", value_name = "NAME")]
    add_groups: Vec<String>,

    /// A group that the person is in no more; may be given several times
    #[arg(long = "remove-group", value_name = "NAME")]
    remove_groups: Vec<String>,

    #[command(flatten)]
    address: PostalAddress,
}

/// Changes what is given.
pub(super) async fn update(identity: &Identity, options: &Options) -> Result<(), Failure> {
    if let Some(both) = options.add_groups.iter().find(|it| options.remove_groups.contains(it)) {
        return Err(Failure::trouble(format!("--add-group and --remove-group both name {both}")));
    }
    let mut users = identity.connect().await?;
    let before = users.find(&options.who).await?;
    let wanted = options.applied_to(before.clone());
    let paths = differences(&before, &wanted);
    if paths.is_empty() {
        eprintln!("Nothing to change: {} is so already.", options.who);
        return Ok(());
    }
    let groups = wanted.groups.clone();
    let request = UpdateUserRequest { user: Some(wanted), update_mask: Some(FieldMask { paths }) };
    let updated = users.calls.update_user(within(request)).await;
    updated.map_err(|status| refusal_of(status, "--email", "--add-group", &groups))?;
    Ok(())
}

impl Options {
    fn applied_to(&self, mut user: User) -> User {
        for (given, field) in [
            (&self.email, &mut user.email),
            (&self.name, &mut user.display_name),
            (&self.username, &mut user.username),
            (&self.phone_number, &mut user.phone_number),
        ] {
            if let Some(given) = given {
                field.clone_from(given);
            }
        }
        self.address.set(user.address.get_or_insert_default());
        user.groups.retain(|group| !self.remove_groups.contains(group));
        for group in &self.add_groups {
            if !user.groups.contains(group) {
                user.groups.push(group.clone());
            }
        }
        user
    }
}

/// The paths of what is not the same.
fn differences(before: &User, wanted: &User) -> Vec<String> {
    let address = |user: &User| user.address.clone().unwrap_or_default();
    [
        ("email", before.email != wanted.email),
        ("username", before.username != wanted.username),
        ("display_name", before.display_name != wanted.display_name),
        ("phone_number", before.phone_number != wanted.phone_number),
        ("address", address(before) != address(wanted)),
        ("groups", before.groups != wanted.groups),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(path, _)| path.to_owned())
    .collect()
}
