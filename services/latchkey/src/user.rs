//! `latchkey user`: the people who may sign in, through the identity service.

mod add;
mod change;
pub(crate) mod demo;
mod events;
mod export;
mod identity;
mod import;
mod password;
mod person;
mod postal;
mod refusal;
mod rows;
mod show;
pub(crate) mod sign_out;
pub(crate) mod throttle;
mod update;

use crate::operator::{self, Failure};
use clap::{Args, Subcommand};
use identity::Identity;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  latchkey user add ada@example.com --name 'Ada Lovelace'
  latchkey user show ada@example.com
  latchkey user list --disabled --json
  latchkey user update ada@example.com --add-group staff
  latchkey user events ada@example.com --since 8h
  latchkey user import people.csv
  latchkey user export people.jsonl

Exit codes:
  0  done
  1  identity refused it, or an import left rows out
  2  it could not be tried: the command line is wrong, a file cannot be read or written, or identity
     cannot be reached";

/// Options of `latchkey user`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    identity: Identity,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Add a person, with a password that is asked for
    Add(Box<add::Options>),
    /// Show one person
    Show(show::One),
    /// List people
    List(show::Many),
    /// Change what is known of a person
    Update(Box<update::Options>),
    /// Give a person a new password, which is asked for
    Passwd(change::Passwd),
    /// End a person's right to sign in
    Disable(change::Who),
    /// Give the right to sign in back
    Enable(change::Who),
    /// Remove a person and all personal data; the subject is never given to anybody else
    Delete(change::Delete),
    /// List sign-ins and what was done to people, the newest first
    Events(events::Options),
    /// Add the people of a CSV or JSON lines file
    Import(import::Options),
    /// Write all people as CSV or JSON lines, without passwords and their hashes
    Export(export::Options),
}

/// Does one thing and ends; the exit codes stand in `--help`.
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    operator::ended("user", run(options))
}

async fn run(options: &Options) -> Result<(), Failure> {
    let identity = &options.identity;
    match &options.command {
        Command::Add(options) => add::add(identity, options).await,
        Command::Show(options) => show::one(identity, options).await,
        Command::List(options) => show::many(identity, options).await,
        Command::Update(options) => update::update(identity, options).await,
        Command::Passwd(options) => change::passwd(identity, options).await,
        Command::Disable(who) => change::disable(identity, who).await,
        Command::Enable(who) => change::enable(identity, who).await,
        Command::Delete(options) => change::delete(identity, options).await,
        Command::Events(options) => events::list(identity, options).await,
        Command::Import(options) => import::import(identity, options).await,
        Command::Export(options) => export::export(identity, options).await,
    }
}
