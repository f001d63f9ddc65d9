//! The client service as a program of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::program::main(latchkey_client::main)
}
