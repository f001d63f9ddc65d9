//! Which commit a program is made of. No time and no path: the same commit gives the same program.

#![expect(clippy::disallowed_methods, reason = "a build script has no command line")]

use std::{env, process::Command};

fn main() {
    println!("cargo:rerun-if-env-changed=LATCHKEY_COMMIT");
    println!(
        "cargo:rustc-env=LATCHKEY_COMMIT={}",
        given().or_else(released).unwrap_or_else(unknown)
    );
}

/// By whoever builds where there is no git, such as a Dockerfile.
fn given() -> Option<String> {
    env::var("LATCHKEY_COMMIT").ok().filter(|commit| !commit.is_empty())
}

/// Of release builds alone: with the debug profile each commit would compile all services anew.
fn released() -> Option<String> {
    if env::var("PROFILE").as_deref() != Ok("release") {
        return None;
    }
    let head = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo:rerun-if-changed={head}");
    println!("cargo:rerun-if-changed=build.rs");
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

fn unknown() -> String {
    "commit not recorded".to_owned()
}
