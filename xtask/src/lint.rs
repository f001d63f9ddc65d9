//! `cargo xtask lint`: the form of the tree, check by check.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    house,
    step::{run, step},
    tools,
    workspace::{cargo, root},
};

/// The checks, the quick ones first.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Check {
    /// Every file is as rustfmt writes it
    Fmt,
    /// Arrows between crates, lint tables, links in the docs, one version of the spine
    House,
    /// The contracts in proto/ keep buf's STANDARD rules
    Buf,
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
        Check::Clippy => step("lint clippy", clippy),
        Check::Doc => step("lint doc", doc),
        Check::Deny => step("lint deny", deny),
    })
}

fn fmt() -> Result<()> {
    run(&mut cargo(["fmt", "--all", "--check"]))
}

fn buf() -> Result<()> {
    run(Command::new(tools::buf()?).args(["lint", "proto"]).current_dir(root()))
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
