//! The programs under test, built once for the test binary.

use latchkey::stack::Component;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// The root of the repository.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Runs a command to its end.
pub fn run(command: &mut Command) {
    let ended = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(ended.success(), "{command:?}: {ended}");
}

/// A tool written in Go, at the version in `xtask/NAME/go.mod`. Go itself knows when there is nothing to
/// build.
#[must_use]
pub fn tool(name: &str, package: &str) -> PathBuf {
    let program = root().join("target/tools/bin").join(name);
    let mut build = Command::new("go");
    build.args(["build", "-buildvcs=false", "-o"]).arg(&program).arg(package);
    run(build.current_dir(root().join("xtask").join(name)));
    program
}

/// The one-machine program, which is every service too.
pub fn latchkey() -> &'static Path {
    static LATCHKEY: OnceLock<PathBuf> = OnceLock::new();
    LATCHKEY.get_or_init(|| build("latchkey"))
}

/// The program of one service, as containers have it.
#[must_use]
pub fn service(component: Component) -> PathBuf {
    build(&format!("latchkey-{}", component.name()))
}

/// Builds a package as the tests were built, and finds its program.
fn build(package: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", package]).current_dir(root());
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    run(&mut build);
    let tests = std::env::current_exe().unwrap();
    let beside = tests.ancestors().map(|folder| folder.join(package));
    beside.into_iter().find(|program| program.is_file()).unwrap()
}

/// The programs of a whole suite.
pub(crate) struct Programs {
    pub(crate) hydra: PathBuf,
    pub(crate) jaeger: PathBuf,
    pub(crate) latchkey: &'static Path,
}

impl Programs {
    pub(crate) fn get() -> &'static Self {
        static PROGRAMS: OnceLock<Programs> = OnceLock::new();
        PROGRAMS.get_or_init(|| {
            let program = |name: &str| {
                let found = Command::new(latchkey())
                    .args([name, "build"])
                    .current_dir(root())
                    .stderr(Stdio::inherit())
                    .output()
                    .unwrap();
                assert!(found.status.success(), "latchkey {name} build: {}", found.status);
                PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
            };
            Self { hydra: program("hydra"), jaeger: program("jaeger"), latchkey: latchkey() }
        })
    }
}
