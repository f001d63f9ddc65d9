//! `cargo xtask test`: every test of the workspace, with all that they start built beforehand.

use anyhow::Result;

use crate::{
    prepare,
    step::{run, step},
    workspace::cargo,
};

/// Hydra and Jaeger are built here, so that no test's time limit pays for a compiler.
pub(crate) fn test(args: &[String]) -> Result<()> {
    prepare::prepare()?;
    step("build latchkey", || run(&mut cargo(["build", "--package", "latchkey", "--locked"])))?;
    step("build Hydra", || run(&mut latchkey(["hydra", "build"])))?;
    step("build Jaeger", || run(&mut latchkey(["jaeger", "build"])))?;
    step("test", || run(cargo(["test", "--workspace", "--locked"]).args(args)))
}

/// Takes the pictures in `docs/screenshots` anew.
pub(crate) fn screenshots() -> Result<()> {
    prepare::prepare()?;
    let run_it =
        ["run", "--package", "latchkey-integration-tests", "--bin", "screenshots", "--locked"];
    step("screenshots", || run(&mut cargo(run_it)))
}

fn latchkey(args: [&str; 2]) -> std::process::Command {
    let mut command = cargo(["run", "--quiet", "--package", "latchkey", "--locked", "--"]);
    command.args(args);
    command
}
