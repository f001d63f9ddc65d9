//! The command line.

use crate::{
    app, attached, keys, manual,
    program::{HYDRA, JAEGER, Program, Search},
    up, user,
};
use anyhow::{Context as _, Result};
use chassis::process::asked_to_stop;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use std::{
    io::{Write as _, stdout},
    path::PathBuf,
    process::ExitCode,
};

/// Single sign-on around Ory Hydra, on one machine
#[derive(Debug, Parser)]
#[command(name = "latchkey", version = chassis::VERSION, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the whole suite, and stop it with Ctrl-C
    ///
    /// Finds Hydra, or builds it; makes databases and secrets; starts Hydra, identity, consent and
    /// client on loopback; creates the demo users and the demo client; says what to open. The next
    /// start has the same users, clients and consents.
    Up(Box<up::Options>),
    /// Run the identity service alone
    Identity(Box<latchkey_identity::Config>),
    /// Run the consent app alone
    Consent(Box<latchkey_consent::Config>),
    /// Run the client app alone
    Client(Box<latchkey_client::Config>),
    /// Add, show, change, delete, import and export the people who may sign in
    User(Box<user::Options>),
    /// Show who has failed to sign in too often, and let them try again
    Throttle(user::throttle::Options),
    /// Register, show, change and remove the apps that people and machines sign in with
    App(Box<app::Options>),
    /// Sign somebody out everywhere, or end one session, and say what became of each app
    SignOut(Box<user::sign_out::Options>),
    /// Create the demo users, and wait until the demo app is registered
    Demo(Box<user::demo::Options>),
    /// Make the certificates and secrets of a deployment, a folder for each program
    Keys(keys::Options),
    /// Build Hydra, unless the data folder has it
    #[command(subcommand)]
    Hydra(Kept),
    /// Build Jaeger, unless the data folder has it
    #[command(subcommand)]
    Jaeger(Kept),
    /// Print what a shell has to know to complete this command line
    #[command(after_help = manual::EXAMPLES)]
    Completions(manual::Completions),
    /// Write the manual pages into a folder
    Man(manual::Pages),
    /// Run a program that ends when its parent ends
    #[command(hide = true)]
    Attached(attached::Options),
}

#[derive(Debug, Clone, Subcommand)]
enum Kept {
    /// Build it into the data folder, unless it is there, and print its path
    Build(Build),
}

#[derive(Debug, Clone, Args)]
struct Build {
    /// Folder that keeps what was built
    #[arg(long, env = "LATCHKEY_DATA", default_value = ".latchkey", value_name = "DIR")]
    data: PathBuf,
}

impl Cli {
    /// Does what the command line says.
    #[must_use]
    pub fn run(self) -> ExitCode {
        match self.command {
            Command::Up(options) => up::main(&options),
            Command::Identity(config) => latchkey_identity::main(*config),
            Command::Consent(config) => latchkey_consent::main(*config),
            Command::Client(config) => latchkey_client::main(*config),
            Command::User(options) => user::main(&options),
            Command::Throttle(options) => user::throttle::main(&options),
            Command::App(options) => app::main(&options),
            Command::SignOut(options) => user::sign_out::main(&options),
            Command::Demo(options) => user::demo::main(&options),
            Command::Keys(options) => keys::main(&options),
            Command::Hydra(Kept::Build(build)) => finished(build.build(&HYDRA)),
            Command::Jaeger(Kept::Build(build)) => finished(build.build(&JAEGER)),
            Command::Completions(options) => finished(options.print(Self::command())),
            Command::Man(options) => finished(options.write(Self::command())),
            Command::Attached(options) => attached::main(&options),
        }
    }
}

fn finished(work: Result<()>) -> ExitCode {
    match work {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Build {
    fn build(&self, program: &Program) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let search = Search::new(None, &std::path::absolute(&self.data)?);
        let file = runtime.block_on(async {
            tokio::select! {
                file = search.build(program) => file,
                () = asked_to_stop() => Err(anyhow::anyhow!("stopped")),
            }
        })?;
        writeln!(stdout().lock(), "{}", file.display()).context("standard output")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_of_up_has_help_and_an_environment_name() {
        let command = Cli::command();
        let up = command.find_subcommand("up").unwrap();
        let options: Vec<_> = up.get_arguments().filter(|it| it.get_long().is_some()).collect();
        assert!(options.len() >= 18, "{}", options.len());
        for option in options {
            assert!(option.get_help().is_some(), "--{}", option.get_id());
            assert!(option.get_env().is_some(), "--{}", option.get_id());
        }
    }
}
