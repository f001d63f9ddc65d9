//! `latchkey`: the suite on one machine.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    latchkey::Cli::parse().run()
}
