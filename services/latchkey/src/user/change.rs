//! `latchkey user passwd`, `disable`, `enable` and `delete`. What was found is what is changed: the
//! etag says so.

use super::{identity::Identity, password, refusal::refusal};
use crate::operator::{Failure, meant, within};
use latchkey_proto::identity::v1::{
    DeleteUserRequest, DisableUserRequest, EnableUserRequest, SetPasswordRequest,
};

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
    users.calls.set_password(within(request)).await.map_err(refusal)?;
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
