//! A rolling restart, over and over, while people sign in: three processes of consent behind a balancer
//! without stickiness, and two of identity that consent chooses from itself.

use database::scratch::Engine;
use latchkey::{ports::Ports, stack::Component};
use latchkey_integration_tests::{
    Addresses, ONE, Person, Suite, TWO, Visitor,
    balancer::{Balancer, Unit},
    replica::Replica,
    visitor::Choice,
};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::task::JoinSet;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const ROUNDS: usize = 2;
const CALLS: &str =
    "rpc_server_duration_seconds_count{rpc_grpc_status_code=\"0\",rpc_method=\"latchkey";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_loses_no_sign_in() {
    let more: [Ports; 3] = std::array::from_fn(|_| Ports::free().expect("free ports"));
    let [first, second, _] = &more;
    let identity_url =
        [first, second].map(|it| format!("https://127.0.0.1:{}", it.identity)).join(",");
    let identity_url = format!("--identity-url={identity_url}");
    let identity = |ports: &Ports| vec![format!("--listen=127.0.0.1:{}", ports.identity)];
    let consent = |ports: &Ports| {
        let listen = format!("--listen=127.0.0.1:{}", ports.consent);
        let patient = ["--drain-delay=3s", "--drain-timeout=20s"].map(ToOwned::to_owned);
        [listen, identity_url.clone()].into_iter().chain(patient).collect::<Vec<_>>()
    };

    // The suite's own processes make room for several.
    let suite = Suite::start(Engine::Postgres).await;
    let at = suite.addresses();
    for own in [Component::Identity, Component::Consent, Component::Client] {
        suite.kill(own).await;
    }
    let mut identities: Vec<_> = [first, second]
        .map(|it| suite.replica(Component::Identity, it.identity_internal, &identity(it)))
        .into();
    let mut consents: Vec<_> = more
        .iter()
        .map(|it| suite.replica(Component::Consent, it.consent_internal, &consent(it)))
        .collect();
    let internal = at.internal[2].port().unwrap();
    let client = suite.replica(Component::Client, internal, &[identity_url]);
    for replica in identities.iter().chain(&consents).chain([&client]) {
        replica.is_ready().await;
    }
    let balancer = |port, of: fn(&Ports) -> u16| {
        let at = more.iter().map(move |it| SocketAddr::from((Ipv4Addr::LOCALHOST, of(it))));
        Balancer::start(port, at.zip(consents.iter().map(Replica::readyz)))
    };
    let pages = balancer(at.consent.port().unwrap(), |it| it.consent).await;
    let hooks = balancer(at.internal[1].port().unwrap(), |it| it.consent_internal).await;
    for place in 0..consents.len() {
        pages.sees(place, true).await;
        hooks.sees(place, true).await;
    }

    let mut restarts = 0;
    let done = CancellationToken::new();
    let mut visitors = JoinSet::new();
    for person in [ONE, TWO, ONE] {
        visitors.spawn(sign_in_until(done.clone(), at.clone(), person));
    }
    for unit in [Unit::Request, Unit::Connection] {
        pages.pass_on(unit);
        for _ in 0..ROUNDS {
            for (place, replica) in consents.iter_mut().enumerate() {
                replica.restart().await;
                restarts += 1;
                pages.sees(place, true).await;
            }
            for replica in &mut identities {
                replica.restart().await;
                restarts += 1;
                while replica.metric(CALLS).await < 3.0 {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
    }
    done.cancel();
    let outcomes = visitors.join_all().await.concat();
    let failed: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    println!(
        "{restarts} restarts, {} sign-ins, {} failed; passed on to each consent: {:?}",
        outcomes.len(),
        failed.len(),
        pages.served(),
    );
    assert!(outcomes.len() > restarts, "hardly anybody signed in");
    assert!(pages.served().iter().all(|served| *served > 10), "{:?}", pages.served());
    assert!(failed.is_empty(), "{failed:#?}");
}

/// One sign-in after the other, each from the app to the app; what went wrong with each.
async fn sign_in_until(
    done: CancellationToken,
    at: Addresses,
    person: Person,
) -> Vec<Result<(), String>> {
    let (tasks, mut outcomes) = (TaskTracker::new(), Vec::new());
    while !done.is_cancelled() {
        // A browser with connections that it keeps, to whichever replica.
        let visitor = Visitor::new();
        for _ in 0..3 {
            let (visitor, at) = (visitor.clone(), at.clone());
            let signed_in = tasks.spawn(async move {
                let page = visitor.sign_in(&at, person, Choice::default()).await;
                assert_eq!(page.url, at.client, "{} {}", page.status, page.text());
                page.says(person.email);
            });
            outcomes.push(signed_in.await.map_err(|error| error.to_string()));
        }
    }
    outcomes
}
