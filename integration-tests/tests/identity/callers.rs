//! The callers in Go and Python do what their comments say.

use crate::NOTHING;
use database::scratch::{Engine, Scratch};
use latchkey_integration_tests::{
    identity::Identity,
    programs::{root, run},
};
use std::{fs, path::PathBuf, process::Command};

/// What each of them prints. The name of the language is in the people's names.
const TOUR: &str = "\
created: LANGUAGE1@example.com v1
asked again: the same person
invalid: INVALID_FIELD
  field: email
  field: password
verified: pwd
rejected: REJECTION_REASON_WRONG_CREDENTIALS
updated: NAME v2
seen before that: ABORTED ETAG_MISMATCH
listed: 5 people on 3 pages
too late: DEADLINE_EXCEEDED
guessed too often: RESOURCE_EXHAUSTED THROTTLED for 1 s
";

/// Runs a caller against an identity of its own.
async fn tour(caller: &mut Command, language: &str, name: &str) {
    let scratch = Scratch::new(Engine::Postgres, &NOTHING).await;
    let identity = Identity::start(&scratch.url, &[]);
    let output = caller.arg(identity.address.to_string()).output().unwrap();
    let (told, wrong) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}{wrong}");
    assert_eq!(told, TOUR.replace("LANGUAGE", language).replace("NAME", name), "{wrong}");
}

fn target() -> PathBuf {
    let folder = root().join("target/callers");
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test]
async fn in_go() {
    let (source, buf) =
        (root().join("integration-tests/callers/go"), root().join("target/tools/bin/buf"));
    let mut build = Command::new("go");
    build.args(["build", "-buildvcs=false", "-o"]).arg(&buf).arg("github.com/bufbuild/buf/cmd/buf");
    run(build.current_dir(root().join("xtask/buf")));
    run(Command::new(buf).args(["generate", "../../../proto"]).current_dir(&source));
    let program = target().join("go");
    run(Command::new("go").args(["vet", "."]).current_dir(&source));
    run(Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(&source));
    tour(&mut Command::new(program), "go", "Gopher").await;
}

#[tokio::test]
async fn in_python() {
    let (source, made) = (root().join("integration-tests/callers/python"), target().join("python"));
    let (python, generated) = (made.join("bin/python"), made.join("generated"));
    run(Command::new("python3").args(["-m", "venv"]).arg(&made));
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(install).arg(source.join("requirements.txt")));
    fs::create_dir_all(&generated).unwrap();
    let out = |what: &str| format!("--{what}={}", generated.display());
    let contracts = fs::read_dir(root().join("proto/latchkey/identity/v1")).unwrap();
    let mut generate = Command::new(&python);
    generate.args(["-m", "grpc_tools.protoc", "--proto_path=proto"]);
    generate.args([out("python_out"), out("grpc_python_out")]);
    generate
        .args(contracts.map(|file| file.unwrap().path().strip_prefix(root()).unwrap().to_owned()));
    run(generate.current_dir(root()));
    let mut caller = Command::new(python);
    caller.arg(source.join("caller.py")).env("PYTHONPATH", generated);
    tour(&mut caller, "python", "Pythonista").await;
}
