//! Tries the suite in a Kubernetes cluster: `cargo xtask cluster`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a trial that fails ends the program"
)]
#![expect(clippy::print_stdout, reason = "it prints a report")]

use clap::Parser;
use latchkey_integration_tests::{
    ONE, Visitor,
    cluster::{
        Cluster, Crowd, Killer, OVERLAY, PARTS, Pod, Tally, attempt, kubectl, make_secrets, memory,
        random,
    },
    visitor::Choice,
};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const CALL: &str = "VerifyCredentials";
/// People at once: enough that something is always under way, few enough for two cores.
const PEOPLE: usize = 4;

#[derive(Parser)]
struct Options {
    /// Only make the folder of secrets
    #[arg(long)]
    secrets: bool,
    /// Leave the suite in the cluster
    #[arg(long)]
    keep: bool,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    if options.secrets {
        make_secrets(Path::new(OVERLAY));
        return;
    }
    let began = Instant::now();
    let cluster = Cluster::apply().await;
    say(began, "applied, and all of it ready");
    wait_for_the_app(&cluster).await;
    for part in PARTS {
        for pod in Pod::all(part).await {
            println!("    {}: ready {} s after its creation", pod.name, pod.ready_after);
        }
    }

    flow(&cluster).await;
    say(began, "a sign-in, and one with an unticked scope");
    scaled_out(&cluster, began).await;
    restarted(&cluster, began).await;
    killed(&cluster, began).await;
    rotated(&cluster, began).await;
    balanced(&cluster, began).await;
    scaled_in(&cluster, began).await;
    println!("memory:");
    for (pod, bytes) in memory().await {
        println!("    {pod}: {} MiB", bytes / 1024 / 1024);
    }
    if options.keep {
        println!("it stays; from this machine it is reached while something passes its ports on");
    } else {
        cluster.delete().await;
        say(began, "taken away");
    }
}

fn say(began: Instant, what: &str) {
    println!("{:4} s  {what}", began.elapsed().as_secs());
}

/// The app registers itself in the background, and the node's ports lead somewhere a moment later.
async fn wait_for_the_app(cluster: &Cluster) {
    for _ in 0..120 {
        let form = cluster.app.join("sign-in").unwrap();
        let looked = attempt(async { Visitor::new().open(form).await.forms().len() });
        if looked.await.is_ok_and(|forms| forms > 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("no login form after a minute");
}

async fn flow(cluster: &Cluster) {
    let page = Visitor::new().sign_in_at(&cluster.app, ONE, Choice::default()).await;
    assert_eq!(page.url, cluster.app, "{}", page.text());
    page.says(ONE.email);
    let choice = Choice { untick: &["users.delete"], ..Choice::default() };
    let page = Visitor::new().sign_in_at(&cluster.app, ONE, choice).await;
    page.says("users.read");
    assert!(!page.text().contains("users.delete"), "{}", page.text());
}

/// Nobody notices.
async fn scaled_out(cluster: &Cluster, began: Instant) {
    let crowd = Crowd::begin(&cluster.app, PEOPLE);
    Cluster::scale(3).await;
    say(began, &format!("from one replica to three: {}", unharmed(crowd.end().await)));
}

/// Every replica of identity gets its share of the calls.
async fn balanced(cluster: &Cluster, began: Instant) {
    let before = Cluster::calls(CALL).await;
    let crowd = Crowd::begin(&cluster.app, PEOPLE);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let tally = unharmed(crowd.end().await);
    let after = Cluster::calls(CALL).await;
    let calls: Vec<_> = after.iter().map(|(pod, count)| (pod, count - before[pod])).collect();
    let all: u64 = calls.iter().map(|(_, count)| count).sum();
    say(began, &format!("three replicas: {tally}"));
    for (pod, count) in &calls {
        println!("    {pod}: {count} calls of {CALL}");
        assert!(*count * 5 >= all, "{pod} has less than a fifth of {all} calls");
    }
    assert_eq!(calls.len(), 3);
}

async fn restarted(cluster: &Cluster, began: Instant) {
    for part in PARTS {
        let crowd = Crowd::begin(&cluster.app, PEOPLE);
        let took = Cluster::restart(part).await.as_secs();
        let tally = unharmed(crowd.end().await);
        say(began, &format!("{part} restarted under load in {took} s: {tally}"));
    }
}

/// In the middle of everything, without a word: what was under way there may be told to try again.
async fn killed(cluster: &Cluster, began: Instant) {
    let killer = Killer::start().await;
    for part in PARTS {
        let crowd = Crowd::begin(&cluster.app, PEOPLE);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let pods = Pod::all(part).await;
        killer.kill(&pods[0]).await;
        Cluster::settled(part).await;
        let tally = crowd.end().await;
        say(began, &format!("a pod of {part} killed under load: {tally}"));
        for page in &tally.failed {
            println!("    {page}");
        }
        assert!(tally.failed.len() <= PEOPLE, "more than was under way");
        assert!(tally.good > 0);
    }
    killer.stop().await;
    flow(cluster).await;
}

/// Somebody who was remembered stays so through every step, and nobody notices one.
async fn rotated(cluster: &Cluster, began: Instant) {
    let ada = Visitor::new();
    let remember = Choice { remember: true, ..Choice::default() };
    ada.sign_in_at(&cluster.app, ONE, remember).await.says(ONE.email);

    let second = "LATCHKEY_SECOND_COOKIE_KEY_FILE=/etc/latchkey/secrets/second-cookie-key";
    let (old, new) = (kept("consent-cookie-key"), format!("{}{}", random(), random()));
    for (step, first, other, option) in [
        ("consent's next cookie key opens", &old, &new, second),
        ("it seals, and the old one opens", &new, &old, second),
        ("the old one is gone", &new, &new, "LATCHKEY_SECOND_COOKIE_KEY_FILE-"),
    ] {
        let keys = json!({ "cookie-key": first, "second-cookie-key": other });
        let crowd = Crowd::begin(&cluster.app, PEOPLE);
        change("consent", "secrets", &keys).await;
        kubectl(&["set", "env", "deployment/consent", option]).await;
        Cluster::restart("consent").await;
        let tally = unharmed(crowd.end().await);
        still_known(&ada, cluster, step).await;
        say(began, &format!("{step}: {tally}"));
    }

    let (system, cookie) = (kept("hydra-system"), kept("hydra-cookie"));
    let (new_system, new_cookie) = (random(), random());
    for (step, systems, cookies) in [
        ("Hydra's next secrets open", [&system, &new_system], [&cookie, &new_cookie]),
        ("they seal, and the old ones open", [&new_system, &system], [&new_cookie, &cookie]),
    ] {
        let [[seals, opens], [signs, checks]] = [systems, cookies];
        let secrets = json!({
            "system-secrets": format!("{seals},{opens}"),
            "cookie-secrets": format!("{signs},{checks}"),
        });
        let crowd = Crowd::begin(&cluster.app, PEOPLE);
        change("hydra", "hooks", &secrets).await;
        Cluster::restart("hydra").await;
        let tally = unharmed(crowd.end().await);
        still_known(&ada, cluster, step).await;
        say(began, &format!("{step}: {tally}"));
    }

    let crowd = Crowd::begin(&cluster.app, PEOPLE);
    renew_certificates().await;
    let tally = unharmed(crowd.end().await);
    still_known(&ada, cluster, "new certificates").await;
    say(began, &format!("certificates renewed, without a restart: {tally}"));
}

/// The session goes on, and who signs in again is not asked.
async fn still_known(person: &Visitor, cluster: &Cluster, step: &str) {
    person.open(cluster.app.clone()).await.says(ONE.email);
    let again = person.open(cluster.app.join("sign-in").unwrap()).await;
    assert_eq!(again.url, cluster.app, "{step}: asked again: {}", again.text());
    again.says(ONE.email);
}

/// A secret that the overlay was made with.
fn kept(name: &str) -> String {
    std::fs::read_to_string(Path::new(OVERLAY).join("secrets").join(name)).unwrap()
}

/// Changes keys of the secret that a part has mounted as this volume.
async fn change(part: &str, volume: &str, keys: &Value) {
    let name = format!("{{.spec.template.spec.volumes[?(@.name=='{volume}')].secret.secretName}}");
    let output = format!("--output=jsonpath={name}");
    let secret = kubectl(&["get", "deployment", part, &output]).await;
    let patch = json!({ "stringData": keys }).to_string();
    kubectl(&["patch", "secret", &secret, "--patch", &patch]).await;
}

/// Makes them anew, hands them to the cluster, and waits until they are used.
async fn renew_certificates() {
    make_secrets(Path::new(OVERLAY));
    for part in ["identity", "consent", "client"] {
        let keys = json!({
            "tls.crt": kept(&format!("tls/{part}.pem")),
            "tls.key": kept(&format!("tls/{part}-key.pem")),
        });
        change(part, "tls", &keys).await;
    }
    renewed().await;
}

/// Waits until every replica of identity has said that it uses its new certificate.
async fn renewed() {
    for pod in Pod::all("identity").await {
        for _ in 0..300 {
            if kubectl(&["logs", &pod.name]).await.contains("new certificates are used from now on")
            {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

async fn scaled_in(cluster: &Cluster, began: Instant) {
    let crowd = Crowd::begin(&cluster.app, PEOPLE);
    Cluster::scale(1).await;
    say(began, &format!("from three replicas to one: {}", unharmed(crowd.end().await)));
}

/// Fails where a sign-in has.
fn unharmed(tally: Tally) -> Tally {
    assert!(tally.failed.is_empty(), "{tally}:\n{}", tally.failed.join("\n"));
    assert!(tally.good > 0, "nobody signed in");
    tally
}
