//! `latchkey user add`.

use super::{identity::Identity, password};
use crate::operator::{Failure, within};
use latchkey_proto::identity::v1::{Address, CreateUserRequest};
use std::io::{Write as _, stdout};

const EXAMPLES: &str = "\
Examples:
  latchkey user add ada@example.com --name 'Ada Lovelace' --username ada
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

    #[command(flatten)]
    address: PostalAddress,

    #[command(flatten)]
    password: password::Source,
}

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Postal address")]
struct PostalAddress {
    /// All of it, as on a mailing label
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    formatted_address: String,

    /// Street and house number
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    street_address: String,

    /// City
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    locality: String,

    /// State, province or prefecture
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    region: String,

    /// Postal code
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    postal_code: String,

    /// Country
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    country: String,
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
        address: Some(options.address.clone().into()),
    };
    let user = users.calls.create_user(within(request)).await?.into_inner().user;
    writeln!(stdout().lock(), "{}", user.unwrap_or_default().subject)?;
    Ok(())
}

impl From<PostalAddress> for Address {
    fn from(typed: PostalAddress) -> Self {
        Self {
            formatted: typed.formatted_address,
            street_address: typed.street_address,
            locality: typed.locality,
            region: typed.region,
            postal_code: typed.postal_code,
            country: typed.country,
        }
    }
}
