//! `docs/grpc.md`, "By hand": its lines do what they say when they are copied.

use crate::tokens::App;
use database::scratch::Engine;
use latchkey_integration_tests::{
    Suite,
    programs::{root, tool},
    visitor::Choice,
};
use std::{fs, process::Command};
use url::Url;

/// The first block of code below a heading.
fn block<'a>(page: &'a str, heading: &str) -> &'a str {
    let below = page.split_once(heading).unwrap().1;
    below.split("```").nth(1).unwrap()
}

#[tokio::test]
async fn the_lines_of_the_page_work_when_they_are_copied() {
    let grpcurl = tool("grpcurl", "github.com/fullstorydev/grpcurl/cmd/grpcurl");
    let suite = Suite::start(Engine::Sqlite).await;
    let at = suite.addresses();
    let app = App::register(at, "by-hand", &["authorization_code"]).await;
    let tokens = app.tokens(Choice::default()).await;
    let port = |url: &Url| format!("127.0.0.1:{}", url.port().unwrap());
    let page = fs::read_to_string(root().join("docs/grpc.md")).unwrap();
    let lines = block(&page, "## By hand")
        .replace("grpcurl ", &format!("{} ", grpcurl.display()))
        .replace(".latchkey/", &format!("{}/", suite.data().display()))
        .replace("127.0.0.1:50051", &port(&at.identity))
        .replace("127.0.0.1:50052", &port(&at.registry));
    let mut shell = Command::new("sh");
    // It stops at the first line that fails, and tells each before it runs.
    shell.args(["-e", "-x", "-c", &lines]);
    shell.env("ACCESS_TOKEN", tokens["access_token"].as_str().unwrap());
    let ended = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{out} {err}");
    for answer in ["verified", "grantedScopes", "SIGN_OUT_ACTION_END_SESSIONS", "myclient", "Shop"]
    {
        assert!(out.contains(&format!("\"{answer}\"")), "{answer}: {out} {err}");
    }
}
