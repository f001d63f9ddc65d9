//! The client service as a program of its own.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    latchkey_client::main(latchkey_client::Config::parse())
}
