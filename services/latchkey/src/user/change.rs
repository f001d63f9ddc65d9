//! `latchkey user passwd`, `disable`, `enable` and `delete`. What was found is what is changed: the
//! etag says so.

use super::{
    failure::Failure,
    identity::{Identity, within},
    password,
};
use latchkey_proto::identity::v1::{
    DeleteUserRequest, DisableUserRequest, EnableUserRequest, SetPasswordRequest,
};
use std::io::{IsTerminal as _, stdin};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Who {
    /// Subject, email address or user name
    who: String,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Passwd {
    #[command(flatten)]
    who: Who,

    #[command(flatten)]
    password: password::Source,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Delete {
    #[command(flatten)]
    who: Who,

    /// Do not ask whether it is meant
    #[arg(long)]
    yes: bool,
}

/// Gives a new password.
pub(super) async fn passwd(identity: &Identity, options: &Passwd) -> Result<(), Failure> {
    let mut users = identity.connect().await?;
    let user = users.find(&options.who.who).await?;
    let password = options.password.read()?;
    let request = SetPasswordRequest { subject: user.subject, password, etag: user.etag };
    users.calls.set_password(within(request)).await?;
    Ok(())
}

/// Ends the right to sign in.
pub(super) async fn disable(identity: &Identity, who: &Who) -> Result<(), Failure> {
    let mut users = identity.connect().await?;
    let user = users.find(&who.who).await?;
    let request = DisableUserRequest { subject: user.subject, etag: user.etag };
    users.calls.disable_user(within(request)).await?;
    Ok(())
}

/// Gives it back.
pub(super) async fn enable(identity: &Identity, who: &Who) -> Result<(), Failure> {
    let mut users = identity.connect().await?;
    let user = users.find(&who.who).await?;
    let request = EnableUserRequest { subject: user.subject, etag: user.etag };
    users.calls.enable_user(within(request)).await?;
    Ok(())
}

/// Removes a person, when that is meant.
pub(super) async fn delete(identity: &Identity, options: &Delete) -> Result<(), Failure> {
    let mut users = identity.connect().await?;
    let user = users.find(&options.who.who).await?;
    let question = format!("Delete {} ({}) for ever?", user.email, user.subject);
    if !options.yes && !meant(&question)? {
        return Err(Failure::Refused("nobody was deleted".to_owned()));
    }
    let request = DeleteUserRequest { subject: user.subject, etag: user.etag };
    users.calls.delete_user(within(request)).await?;
    Ok(())
}

fn meant(question: &str) -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::trouble("there is no terminal to ask on: say --yes if it is meant"));
    }
    dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(|error| Failure::trouble(error.to_string()))
}
