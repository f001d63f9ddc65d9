//! What the command line says about itself: to a shell that completes it, and as manual pages.

use anyhow::{Context as _, Result};
use clap::{Args, Command};
use clap_complete::Shell;
use std::{
    fs,
    io::{Write as _, stdout},
    path::PathBuf,
};

pub(crate) const EXAMPLES: &str = "Examples:\n  \
    source <(latchkey completions bash)\n  \
    latchkey completions zsh > ~/.zfunc/_latchkey\n  \
    latchkey completions fish > ~/.config/fish/completions/latchkey.fish";

/// Completions for one shell.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Completions {
    /// The shell that they are for
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(crate) fn print(self, mut command: Command) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "latchkey", &mut script);
        stdout().lock().write_all(&script).context("standard output")
    }
}

/// A page for each command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Pages {
    /// Where they are written, such as /usr/local/share/man/man1; it is made where it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Pages {
    pub(crate) fn write(&self, command: Command) -> Result<()> {
        let named = || self.folder.display().to_string();
        fs::create_dir_all(&self.folder).with_context(named)?;
        clap_mangen::generate_to(command, &self.folder).with_context(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cli;
    use clap::CommandFactory as _;
    use std::process;

    /// Every command that people are shown, as `latchkey up` is written with a dash.
    fn visible(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
        found.push((name.to_owned(), command.clone()));
        for inner in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            visible(inner, &format!("{name}-{}", inner.get_name()), found);
        }
    }

    #[test]
    fn every_command_has_a_page_with_each_of_its_options() {
        let folder = tempfile::tempdir().unwrap();
        let pages = Pages { folder: folder.path().join("man1") };
        pages.write(Cli::command()).unwrap();

        let mut commands = Vec::new();
        visible(&Cli::command(), "latchkey", &mut commands);
        assert!(commands.len() > 15, "{}", commands.len());
        for (name, command) in commands {
            let page = fs::read_to_string(pages.folder.join(format!("{name}.1"))).unwrap();
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                // In roff a dash that is to be copied is written `\-`.
                let written = format!("\\-\\-{}", option.replace('-', "\\-"));
                assert!(page.contains(&written), "--{option} in {name}.1");
            }
        }
    }

    #[test]
    fn pages_do_not_tell_of_the_machine_that_made_them() {
        let folder = tempfile::tempdir().unwrap();
        Pages { folder: folder.path().to_owned() }.write(Cli::command()).unwrap();
        let page = fs::read_to_string(folder.path().join("latchkey-identity.1")).unwrap();
        let (_, workers) = page.split_once("hash\\-workers").unwrap();
        let (about, _) = workers.split_once(".TP").unwrap();
        assert!(!about.contains("default:"), "{about}");
    }

    #[test]
    fn bash_completes_commands_and_options() {
        let mut script = Vec::new();
        clap_complete::generate(Shell::Bash, &mut Cli::command(), "latchkey", &mut script);
        let script = String::from_utf8(script).unwrap();
        let asked = |words: &str, at: usize| {
            let ask = format!(
                "{script}\nCOMP_WORDS=({words}); COMP_CWORD={at}\n\
                 _latchkey latchkey \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{at}-1]}}\"\n\
                 echo \"${{COMPREPLY[@]}}\""
            );
            let output = process::Command::new("bash").args(["-c", &ask]).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(asked("latchkey sign", 1).trim(), "sign-out");
        assert_eq!(asked("latchkey up --postg", 2).trim(), "--postgres");
    }
}
