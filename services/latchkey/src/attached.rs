//! `latchkey attached`: a program that never outlives the process that started it.

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use std::{
    ffi::{OsStr, OsString},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, ExitCode},
};

/// What to become, and whose end is our end.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The process that must live
    #[arg(long, value_name = "PID")]
    parent: i32,

    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Asks the system to kill this process when its parent ends, however it ends, then becomes the
/// program. Returns only where that fails.
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    let Some((program, arguments)) = options.command.split_first() else {
        return ExitCode::FAILURE;
    };
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        eprintln!("cannot be attached to its parent: {error}");
        return ExitCode::FAILURE;
    }
    // The signal is not sent for a parent that ended before it was asked for.
    if Pid::as_raw(getppid()) != options.parent {
        return ExitCode::FAILURE;
    }
    let error = Command::new(program).args(arguments).exec();
    eprintln!("{}: {error}", Path::new(program).display());
    ExitCode::FAILURE
}

/// A command that runs `program` attached to this process; `latchkey` is the program that has the
/// subcommand.
pub(crate) fn command(latchkey: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(latchkey);
    command.args(["attached", "--parent"]).arg(std::process::id().to_string());
    command.arg("--").arg(program);
    command
}
