//! `cargo xtask lint`: the form of the tree, check by check.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    house, manifests,
    step::{run, step},
    tools, units,
    workspace::{cargo, root},
};

/// The checks, the quick ones first.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Check {
    /// Every file is as rustfmt writes it
    Fmt,
    /// Arrows between crates, lint tables, links and reasons in the docs, one version of the spine
    House,
    /// The contracts in proto/ keep buf's STANDARD rules, and break nobody who knows the last release
    Buf,
    /// systemd reads the units without a word, and finds them hardened
    Units,
    /// kustomize builds the overlays in k8s/, and Kubernetes' schemas know what comes out
    K8s,
    /// No warning from clippy in any target
    Clippy,
    /// Docs build without a warning, private items too
    Doc,
    /// Licences, banned crates and sources, as deny.toml says
    Deny,
}

/// Runs the chosen checks, or all when none is chosen; the first failure ends it.
pub(crate) fn lint(chosen: &[Check]) -> Result<()> {
    let checks = if chosen.is_empty() { Check::value_variants() } else { chosen };
    checks.iter().try_for_each(|check| match check {
        Check::Fmt => step("lint fmt", fmt),
        Check::House => step("lint house", house::check),
        Check::Buf => step("lint buf", buf),
        Check::Units => step("lint units", units::check),
        Check::K8s => step("lint k8s", manifests::check),
        Check::Clippy => step("lint clippy", clippy),
        Check::Doc => step("lint doc", doc),
        Check::Deny => step("lint deny", deny),
    })
}

fn fmt() -> Result<()> {
    run(&mut cargo(["fmt", "--all", "--check"]))
}

fn buf() -> Result<()> {
    let buf = tools::buf()?;
    run(Command::new(&buf).args(["lint", "proto"]).current_dir(root()))?;
    let Some(tag) = last_release(root())? else {
        eprintln!("    no tag v*: there is no release that the contracts could break");
        return Ok(());
    };
    eprintln!("    beside {tag}");
    run(&mut breaking(&buf, root(), &tag)?)
}

/// The newest release that this commit comes after.
fn last_release(repository: PathBuf) -> Result<Option<String>> {
    let describe = ["describe", "--tags", "--abbrev=0", "--match=v[0-9]*"];
    let output = Command::new("git").args(describe).current_dir(repository).output()?;
    let tag = String::from_utf8(output.stdout)?.trim().to_owned();
    Ok(Some(tag).filter(|tag| output.status.success() && !tag.is_empty()))
}

/// Where the history lies; in a second work tree that is not `.git`.
fn git_folder(repository: &Path) -> Result<String> {
    let ask = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
    let output = Command::new("git").args(ask).current_dir(repository).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn breaking(buf: &Path, repository: PathBuf, tag: &str) -> Result<Command> {
    let against = format!("{}#format=git,tag={tag},subdir=proto", git_folder(&repository)?);
    let mut command = Command::new(buf);
    command.args(["breaking", "proto", "--against", &against]).current_dir(repository);
    Ok(command)
}

fn clippy() -> Result<()> {
    let args = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    run(&mut cargo(args))
}

/// Most of the code is private to its crate, and so are most links worth checking.
fn doc() -> Result<()> {
    let args = ["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"];
    run(cargo(args).env("RUSTDOCFLAGS", "-D warnings"))
}

fn deny() -> Result<()> {
    let args = ["--locked", "check", "licenses", "bans", "sources"];
    run(Command::new(tools::cargo_deny()?).args(args).current_dir(root()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A repository with one message that has one field.
    struct Repository(tempfile::TempDir);

    impl Repository {
        fn new() -> Self {
            let this = Self(tempfile::tempdir().unwrap());
            this.git(&["init", "--quiet"]);
            fs::create_dir(this.0.path().join("proto")).unwrap();
            fs::copy(root().join("proto/buf.yaml"), this.0.path().join("proto/buf.yaml")).unwrap();
            this.commit("string name = 1;");
            this
        }

        fn git(&self, args: &[&str]) {
            let names = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            run(Command::new("git").args(names).args(args).current_dir(self.0.path())).unwrap();
        }

        fn commit(&self, field: &str) {
            let text = format!("syntax = \"proto3\";\npackage a.v1;\nmessage A {{ {field} }}\n");
            fs::write(self.0.path().join("proto/a.proto"), text).unwrap();
            self.git(&["add", "."]);
            self.git(&["commit", "--quiet", "--message=a"]);
        }

        fn last_release(&self) -> Option<String> {
            last_release(self.0.path().to_owned()).unwrap()
        }
    }

    #[test]
    fn contracts_are_compared_with_the_last_release() {
        let repository = Repository::new();
        assert_eq!(repository.last_release(), None);
        repository.git(&["tag", "v0.1.0"]);
        repository.git(&["tag", "later"]);
        assert_eq!(repository.last_release().unwrap(), "v0.1.0");

        let buf = tools::buf().unwrap();
        let folder = repository.0.path();
        let breaks = || run(&mut breaking(&buf, folder.to_owned(), "v0.1.0").unwrap()).is_err();
        repository.commit("string name = 1; string more = 2;");
        assert!(!breaks(), "a new field");
        repository.commit("int64 name = 1;");
        assert!(breaks(), "another type");
    }
}
