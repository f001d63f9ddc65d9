//! `latchkey app` as an operator runs it: the real program, the real client service, the real Hydra.

use crate::apps::token;
use database::scratch::Engine;
use latchkey_integration_tests::{Addresses, Suite};
use reqwest::StatusCode;
use serde_json::Value;
use std::{
    io,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output, Stdio},
};

database::both_databases!(
    an_app_is_kept_from_the_command_line,
    what_is_wrong_is_told_by_option_with_what_to_do,
    a_change_is_shown_before_and_after_it_is_made,
    a_secret_can_go_to_a_file_that_nobody_else_reads,
    a_secret_that_nobody_reads_is_told_to_be_lost,
);

/// Runs `latchkey app` beside this suite.
pub(crate) async fn run(at: &Addresses, arguments: &[&str]) -> Output {
    let mut command = command(at, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// The same, and nobody reads what it prints.
pub(crate) async fn run_unread(at: &Addresses, arguments: &[&str]) -> Output {
    let mut command = command(at, arguments);
    let (_, output) = io::pipe().unwrap();
    let run = move || command.stdout(output).stderr(Stdio::piped()).spawn()?.wait_with_output();
    tokio::task::spawn_blocking(run).await.unwrap().unwrap()
}

fn command(at: &Addresses, arguments: &[&str]) -> Command {
    let mut command = Command::new(Suite::latchkey());
    command
        .arg("app")
        .arg(format!("--client-url={}", at.registry))
        .arg(format!("--data={}", at.certificates.ca().ancestors().nth(2).unwrap().display()))
        .args(arguments)
        .stdin(Stdio::null());
    command
}

pub(crate) fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub(crate) fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
pub(crate) fn ended(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{} {}", out(output), err(output));
}

fn json(output: &Output) -> Value {
    ended(output, 0);
    serde_json::from_str(out(output)).unwrap()
}

/// The value of a line `NAME=value`.
fn setting<'a>(output: &'a Output, name: &str) -> &'a str {
    let mut lines = out(output).lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

async fn an_app_is_kept_from_the_command_line(engine: Engine) {
    let at = Suite::shared(engine).await;
    let redirect = "--redirect=https://shop.example.com/callback";
    let create = ["create", "web", "--id=typed-shop", "--name=My shop", redirect];
    let dry = run(at, &[&create[..], &["--dry-run"]].concat()).await;
    ended(&dry, 0);
    assert_eq!((setting(&dry, "CLIENT_ID"), setting(&dry, "CLIENT_SECRET")), ("typed-shop", ""));
    let nobody = run(at, &["show", "typed-shop"]).await;
    ended(&nobody, 1);
    assert!(err(&nobody).contains("latchkey app list"), "{}", err(&nobody));

    let created = run(at, &create).await;
    ended(&created, 0);
    let secret = setting(&created, "CLIENT_SECRET");
    assert_eq!(secret.len(), 43, "256 bits as base64url");
    for line in
        ["REDIRECT_URL=https://shop.example.com/callback", "/.well-known/openid-configuration"]
    {
        assert!(out(&created).contains(line), "{}", out(&created));
    }
    let again = run(at, &create).await;
    ended(&again, 0);
    assert_eq!(setting(&again, "CLIENT_SECRET"), "");
    assert!(err(&again).contains("rotate-secret typed-shop"), "{}", err(&again));
    ended(&run(at, &["create", "spa", "--id=typed-shop", "--name=Other", redirect]).await, 1);

    let shown = run(at, &["show", "typed-shop"]).await;
    ended(&shown, 0);
    assert!(out(&shown).contains("My shop") && !out(&shown).contains(secret), "{}", out(&shown));
    assert_eq!(json(&run(at, &["show", "typed-shop", "--json"]).await)["kind"], "web");
    let listed = run(at, &["list", "--json"]).await;
    let ids: Vec<_> = out(&listed)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["client_id"].clone())
        .collect();
    assert!(ids.contains(&"typed-shop".into()) && ids.contains(&"myclient".into()), "{ids:?}");
    assert!(!out(&listed).contains(secret));

    let rotated = run(at, &["rotate-secret", "typed-shop"]).await;
    ended(&rotated, 0);
    assert!(out(&rotated).trim().len() == 43 && out(&rotated).trim() != secret);
    let unsure = run(at, &["delete", "typed-shop"]).await;
    ended(&unsure, 2);
    assert!(err(&unsure).contains("--yes"), "{}", err(&unsure));
    ended(&run(at, &["delete", "typed-shop", "--yes"]).await, 0);
    ended(&run(at, &["show", "typed-shop"]).await, 1);
    what_happened_is_told(at).await;
}

/// Of an app that was removed too.
async fn what_happened_is_told(at: &Addresses) {
    let events = async |more: &[&str]| {
        let told = run(at, &[&["events", "typed-shop", "--json"], more].concat()).await;
        ended(&told, 0);
        let lines = out(&told).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        (lines.collect::<Vec<_>>(), err(&told).to_owned())
    };
    let (all, more) = events(&[]).await;
    assert!(all.len() >= 4 && more.is_empty(), "{all:?} {more}");
    let newest = &all[0];
    assert_eq!((&newest["event"], &newest["outcome"]), (&"app.delete".into(), &"done".into()));
    assert_eq!(newest["actor"], "certificate:operator");
    assert_eq!(all[all.len() - 1]["event"], "app.create");
    let (first, more) = events(&["--limit=1"]).await;
    assert_eq!(first, all[..1]);
    assert!(more.contains("earlier"), "{more}");
    // Up to the very time of one event, and no further.
    let since = format!("--since={}", all[1]["time"].as_str().unwrap());
    assert_eq!(events(&[&since]).await, (all[..2].to_vec(), String::new()));
    assert!(events(&["--since=2999-01-01T00:00:00Z"]).await.0.is_empty());
    let table = run(at, &["events", "--limit=1000"]).await;
    ended(&table, 0);
    assert!(out(&table).starts_with("TIME") && out(&table).contains("typed-shop"));
}

async fn what_is_wrong_is_told_by_option_with_what_to_do(engine: Engine) {
    let at = Suite::shared(engine).await;
    let wrong = [
        "create",
        "web",
        "--name=Shop",
        "--redirect=http://shop.example.com/cb",
        "--redirect=https://a.example/*",
        "--scope=all",
        "--allowed-group=the board",
        "--longest-session=1s",
        "--look=Our Shop",
    ];
    let refused = run(at, &wrong).await;
    ended(&refused, 1);
    for part in [
        "--redirect http://shop.example.com/cb: it is http on the network: use https",
        "--redirect https://a.example/*: it has a wildcard",
        "--scope all: it",
        "--allowed-group the board: it is not 1 to 64",
        "--longest-session 1s: it is not between one minute and one year",
        "--look Our Shop: it is not at most 32 of a-z, 0-9 and -",
    ] {
        assert!(err(&refused).contains(part), "{part} in {}", err(&refused));
    }
    let typo = ["create", "web", "--name=Shop", "--longest-session=soon"];
    let typo = run(at, &typo).await;
    ended(&typo, 2);
    assert!(err(&typo).contains("8h or 30days"), "{}", err(&typo));
    let redirect = "--redirect=http://localhost:3000/cb";
    let spa = run(at, &["create", "spa", "--name=Board", redirect, "--dry-run"]).await;
    ended(&spa, 0);
    assert!(out(&spa).contains("PKCE") && !out(&spa).contains("SECRET"), "{}", out(&spa));
    let scopes = run(at, &["scopes", "--language=de"]).await;
    assert!(out(&scopes).contains("Ihr Profil lesen"), "{}", out(&scopes));
}

async fn a_change_is_shown_before_and_after_it_is_made(engine: Engine) {
    let at = Suite::shared(engine).await;
    let create = ["create", "web", "--id=typed-board", "--name=Board", "--scope=openid"];
    let redirect = ["--redirect=https://board.example.com/cb", "--purpose=Sticks notes"];
    ended(&run(at, &[&create[..], &redirect].concat()).await, 0);
    let update = ["update", "typed-board", "--scope=openid", "--scope=offline", "--purpose="];
    let dry = run(at, &[&update[..], &["--dry-run"]].concat()).await;
    ended(&dry, 0);
    assert_eq!(out(&dry), "  purpose: Sticks notes -> (nothing)\n  scopes:\n    + offline\n");
    let before = json(&run(at, &["show", "typed-board", "--json"]).await);
    assert_eq!(before["purpose"], "Sticks notes");

    let made = run(at, &update).await;
    ended(&made, 0);
    assert_eq!(out(&made), out(&dry));
    let after = json(&run(at, &["show", "typed-board", "--json"]).await);
    assert_eq!(after["grant_types"], serde_json::json!(["authorization_code", "refresh_token"]));
    assert_eq!(after["purpose"], Value::Null);
    let again = run(at, &update).await;
    ended(&again, 0);
    assert!(out(&again).is_empty() && err(&again).contains("Nothing to change"));
    let groups = ["update", "typed-board", "--allowed-group=staff", "--allowed-group=eu/sales"];
    let kept = run(at, &groups).await;
    ended(&kept, 0);
    assert_eq!(out(&kept), "  policy.allowed_groups:\n    + staff\n    + eu/sales\n");
    let shown = run(at, &["show", "typed-board"]).await;
    assert!(out(&shown).contains("staff, eu/sales"), "{}", out(&shown));
    let opened = run(at, &["update", "typed-board", "--allowed-group="]).await;
    assert_eq!(out(&opened), "  policy.allowed_groups:\n    - staff\n    - eu/sales\n");
    let dressed = run(at, &["update", "typed-board", "--look=library"]).await;
    ended(&dressed, 0);
    assert_eq!(out(&dressed), "  policy.look: (nothing) -> library\n");
    let refused = run(at, &["update", "typed-board", "--redirect="]).await;
    ended(&refused, 1);
    assert!(err(&refused).contains("--redirect: it is required"), "{}", err(&refused));
}

async fn a_secret_can_go_to_a_file_that_nobody_else_reads(engine: Engine) {
    let at = Suite::shared(engine).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reports.secret");
    let option = format!("--secret-file={}", file.display());
    let create = ["create", "machine", "--id=typed-reports", "--name=Reports"];
    let rest = ["--scope=identity.audit", "--json", &option];
    let created = json(&run(at, &[&create[..], &rest].concat()).await);
    assert_eq!(created["client_id"], "typed-reports");
    assert_eq!(created["client_secret"], Value::Null);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let first = std::fs::read_to_string(&file).unwrap();
    assert_eq!(token(at, "typed-reports", &first).await, StatusCode::OK);

    let rotated = run(at, &["rotate-secret", "typed-reports", &option]).await;
    ended(&rotated, 0);
    assert_eq!(out(&rotated), "");
    let second = std::fs::read_to_string(&file).unwrap();
    assert_eq!(token(at, "typed-reports", &first).await, StatusCode::UNAUTHORIZED);
    assert_eq!(token(at, "typed-reports", &second).await, StatusCode::OK);

    let nowhere = "--secret-file=/nowhere/reports.secret";
    let lost = run(at, &["rotate-secret", "typed-reports", nowhere]).await;
    ended(&lost, 2);
    assert!(err(&lost).contains("rotate-secret typed-reports"), "{}", err(&lost));
}

async fn a_secret_that_nobody_reads_is_told_to_be_lost(engine: Engine) {
    let at = Suite::shared(engine).await;
    let create = ["create", "machine", "--id=unread", "--name=Unread", "--scope=identity.audit"];
    for command in [&create[..], &["rotate-secret", "unread"]] {
        let unread = run_unread(at, command).await;
        ended(&unread, 2);
        for part in ["the secret of unread was not printed", "latchkey app rotate-secret unread"] {
            assert!(err(&unread).contains(part), "{}", err(&unread));
        }
    }
    ended(&run_unread(at, &["list"]).await, 0);
    ended(&run_unread(at, &[&create[..], &["--json"]].concat()).await, 0);
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_told_and_how_to_start_it() {
    let at = Suite::shared(Engine::Sqlite).await;
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("--client-url=http://{nowhere}");
    let mut command = Command::new(Suite::latchkey());
    command.args(["app", &url, "list"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    ended(&output, 2);
    for part in ["cannot be reached", "latchkey up", "latchkey client", "--client-url"] {
        assert!(err(&output).contains(part), "{}", err(&output));
    }
    for command in ["--help", "create --help", "update --help"] {
        let help = run(at, &command.split(' ').collect::<Vec<_>>()).await;
        assert!(out(&help).contains("Examples:"), "{}", out(&help));
    }
}
