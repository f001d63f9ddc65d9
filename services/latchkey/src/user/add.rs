//! `latchkey user add`.

use super::{identity::Identity, password, postal::PostalAddress, refusal::refusal_of};
use crate::operator::{Failure, within};
use latchkey_proto::identity::v1::CreateUserRequest;
use std::io::{Write as _, stdout};

const EXAMPLES: &str = "\
Examples:
  latchkey user add ada@example.com --name 'Ada Lovelace' --username ada --group staff
  pass show ada | latchkey user add ada@example.com --name Ada --password-stdin";

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Email address
    email: String,

    /// The name to show
    #[arg(long)]
    name: String,

    /// User name, to sign in with beside the email address
    #[arg(long, default_value = "", hide_default_value = true)]
    username: String,

    /// Phone number with its country code, such as +6221555012
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NUMBER")]
    phone_number: String,

    /// A group that the person is in; may be given several times
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,

    #[command(flatten)]
    address: PostalAddress,

    #[command(flatten)]
    password: password::Source,
}

/// Adds a person and prints the subject.
pub(super) async fn add(identity: &Identity, options: &Options) -> Result<(), Failure> {
    let mut users = identity.connect().await?;
    let request = CreateUserRequest {
        email: options.email.clone(),
        username: options.username.clone(),
        display_name: options.name.clone(),
        password: options.password.read()?,
        request_id: String::new(),
        phone_number: options.phone_number.clone(),
        address: Some(options.address.given()),
        groups: options.groups.clone(),
    };
    let created = users.calls.create_user(within(request)).await;
    let created = created
        .map_err(|status| refusal_of(status, "the email address", "--group", &options.groups))?;
    let user = created.into_inner().user;
    writeln!(stdout().lock(), "{}", user.unwrap_or_default().subject)?;
    Ok(())
}
