//! `latchkey-identity`: parse, start, wait.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::program::main(latchkey_identity::main)
}
