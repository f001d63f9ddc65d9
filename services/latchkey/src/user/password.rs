//! A new password: from the keyboard, or from standard input; never from the command line, which
//! every process on the machine can read.

use crate::operator::Failure;
use std::io::{BufRead as _, IsTerminal as _, Read as _, stdin};

/// More than identity takes.
const MAX_BYTES: u64 = 4096;

/// Where the password comes from.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Source {
    /// Read the password from the first line of standard input; without it, it is asked for
    #[arg(long)]
    password_stdin: bool,
}

impl Source {
    /// The password.
    pub(super) fn read(&self) -> Result<String, Failure> {
        if self.password_stdin {
            return first_line();
        }
        if !stdin().is_terminal() {
            return Err(Failure::trouble(
                "there is no terminal to ask for the password: give it with --password-stdin",
            ));
        }
        dialoguer::Password::new()
            .with_prompt("Password")
            .with_confirmation("Once more", "These were two passwords.")
            .interact()
            .map_err(|error| Failure::trouble(format!("no password was read: {error}")))
    }
}

fn first_line() -> Result<String, Failure> {
    let mut line = String::new();
    let unreadable = |error| Failure::trouble(format!("standard input: {error}"));
    stdin().lock().take(MAX_BYTES).read_line(&mut line).map_err(unreadable)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
