//! The consent app as a program of its own.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    latchkey_consent::main(latchkey_consent::Config::parse())
}
