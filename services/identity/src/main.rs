//! `latchkey-identity`: parse, start, wait.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    latchkey_identity::main(latchkey_identity::Config::parse())
}
