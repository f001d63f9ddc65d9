//! The consent app as a program of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::program::main(latchkey_consent::main)
}
