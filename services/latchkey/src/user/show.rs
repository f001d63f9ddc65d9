//! `latchkey user show` and `latchkey user list`.

use super::{
    identity::Identity,
    person::{Detailed, Person},
};
use crate::operator::Failure;
use latchkey_proto::identity::v1::{User, UserFilter, UserState};
use std::io::{BufWriter, Write, stdout};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct One {
    /// Subject, email address or user name
    who: String,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Many {
    /// Only people whose email address begins so
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    email_prefix: String,

    /// Only people who may sign in
    #[arg(long, conflicts_with = "disabled")]
    active: bool,

    /// Only people who may not
    #[arg(long)]
    disabled: bool,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Shows one person.
pub(super) async fn one(identity: &Identity, options: &One) -> Result<(), Failure> {
    let user = identity.connect().await?.find(&options.who).await?;
    let mut out = stdout().lock();
    if options.json {
        return json(&mut out, user);
    }
    let Detailed { person, create_time, update_time, .. } = user.into();
    for (what, value) in [
        ("Subject", person.subject.as_str()),
        ("Email", &person.email),
        ("Username", &person.username),
        ("Name", &person.display_name),
        ("Phone", &person.phone_number),
        ("Address", &person.address_line()),
        ("Groups", &person.groups.joined()),
        ("State", person.state),
        ("Added", &create_time),
        ("Changed", &update_time),
    ] {
        writeln!(out, "{what:<9} {value}")?;
    }
    Ok(())
}

/// Lists people, as they come.
pub(super) async fn many(identity: &Identity, options: &Many) -> Result<(), Failure> {
    let state = match options {
        Many { active: true, .. } => UserState::Active,
        Many { disabled: true, .. } => UserState::Disabled,
        _ => UserState::Unspecified,
    };
    let filter = UserFilter {
        state: state.into(),
        email_prefix: options.email_prefix.clone(),
        identifier: String::new(),
    };
    let mut users = identity.connect().await?;
    let mut out = BufWriter::new(stdout().lock());
    if !options.json {
        line(&mut out, ["SUBJECT", "STATE", "EMAIL", "USERNAME", "NAME"])?;
    }
    users
        .each(&filter, |user| {
            if options.json {
                return json(&mut out, user);
            }
            let Person { subject, email, username, display_name, state, .. } = user.into();
            line(&mut out, [&subject, state, &email, &username, &display_name])
        })
        .await?;
    Ok(out.flush()?)
}

fn line(
    out: &mut impl Write,
    [subject, state, email, username, name]: [&str; 5],
) -> Result<(), Failure> {
    let username = if username.is_empty() { "-" } else { username };
    Ok(writeln!(out, "{subject:<36}  {state:<8}  {email:<32}  {username:<16}  {name}")?)
}

fn json(out: &mut impl Write, user: User) -> Result<(), Failure> {
    let text = serde_json::to_string(&Detailed::from(user));
    let text = text.map_err(|error| Failure::trouble(error.to_string()))?;
    Ok(writeln!(out, "{text}")?)
}
