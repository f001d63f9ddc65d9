//! The stack that the integration tests are built on, with the real Hydra.

#![expect(clippy::unwrap_used, reason = "a test cannot go on without")]

use latchkey::{
    ports::Ports,
    program::{HYDRA, Search},
    stack::{Component, How, Settings, Stack},
};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

async fn stack(change: impl FnOnce(&mut Settings)) -> (Stack, TempDir) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.latchkey");
    let hydra = Search::new(None, &repository).find(&HYDRA).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_latchkey").into();
    let mut settings = Settings::new(data.path(), program, hydra.canonicalize().unwrap()).unwrap();
    settings.ports = Ports::free().unwrap();
    change(&mut settings);
    (Stack::new(settings).unwrap(), data)
}

#[tokio::test]
async fn a_component_that_was_killed_starts_again_and_its_log_goes_on() {
    let (stack, _data) = stack(|_| {}).await;
    stack.start(Component::Hydra).await.unwrap();
    stack.wait_ready(Component::Hydra).await.unwrap();
    stack.stop(Component::Hydra, How::Kill).await;
    assert!(!stack.is_ready(Component::Hydra).await);
    let first = std::fs::read(stack.log(Component::Hydra)).unwrap();

    stack.start(Component::Hydra).await.unwrap();
    stack.wait_ready(Component::Hydra).await.unwrap();
    assert!(std::fs::read(stack.log(Component::Hydra)).unwrap().starts_with(&first));
    stack.stop(Component::Hydra, How::Graceful).await;
    assert!(!stack.is_ready(Component::Hydra).await);
}

#[tokio::test]
async fn a_setting_that_hydra_refuses_is_told_with_its_last_words() {
    let wrong = json!({ "ttl": { "access_token": "soon" } });
    let (stack, _data) = stack(|settings| settings.hydra_overrides = wrong).await;
    stack.start(Component::Hydra).await.unwrap();
    let failure = stack.wait_ready(Component::Hydra).await.unwrap_err().to_string();
    assert!(failure.starts_with("hydra ended before it was ready: exit status: 1"), "{failure}");
    assert!(failure.contains("/ttl/access_token"), "{failure}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told_by_name() {
    let (stack, _data) = stack(|settings| settings.hydra = "/nowhere/hydra".into()).await;
    let failure = format!("{:#}", stack.start(Component::Hydra).await.unwrap_err());
    assert!(failure.contains("/nowhere/hydra: No such file"), "{failure}");
}

#[tokio::test]
async fn what_was_not_started_is_not_ready() {
    let (stack, _data) = stack(|_| {}).await;
    let failure = stack.wait_ready(Component::Identity).await.unwrap_err().to_string();
    assert!(failure.starts_with("identity is not running"), "{failure}");
}

#[tokio::test]
async fn dropped_it_leaves_nothing_that_listens() {
    let (stack, _data) = stack(|_| {}).await;
    stack.start(Component::Hydra).await.unwrap();
    stack.wait_ready(Component::Hydra).await.unwrap();
    let ports = stack.settings().ports.clone();
    drop(stack);
    let gone = async {
        while ports.check(false).is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), gone).await.unwrap();
}
