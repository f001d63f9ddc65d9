//! Certificates and authorities that change while calls are made.

use crate::{
    authority::Authority,
    callers::{Guarded, get},
};
use chassis::{
    grpc::{self, Channel},
    process::Running,
    tls::{self, Tls},
};
use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use url::Url;

/// How long a change of files may take to count on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

fn channel(to: SocketAddr, tls: &Tls) -> Channel {
    let url = Url::parse(&format!("https://{to}")).unwrap();
    grpc::channel("url", [&url], Some(tls), Duration::from_secs(20)).unwrap()
}

/// Callers that never stop: one over a connection that it keeps, the others over new ones.
struct Callers {
    stop: CancellationToken,
    tasks: JoinSet<(u64, Vec<Status>)>,
}

impl Callers {
    fn start(to: SocketAddr, tls: &Tls) -> Self {
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let kept = channel(to, tls);
        for keeps in [true, false, false] {
            let (stop, tls, kept) = (stop.clone(), tls.clone(), kept.clone());
            tasks.spawn(async move {
                let (mut calls, mut failed) = (0, Vec::new());
                while !stop.is_cancelled() {
                    let status = get(if keeps { kept.clone() } else { channel(to, &tls) }).await;
                    calls += 1;
                    failed.extend(Some(status).filter(|it| it.code() != Code::NotFound));
                    sleep(Duration::from_millis(10)).await;
                }
                (calls, failed)
            });
        }
        Self { stop, tasks }
    }

    /// How many calls each of them made, and those that failed.
    async fn stop(self) -> (Vec<u64>, Vec<Status>) {
        self.stop.cancel();
        let (calls, failed): (Vec<_>, Vec<_>) = self.tasks.join_all().await.into_iter().unzip();
        (calls, failed.concat())
    }
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let met = async {
        while !condition().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, met).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"));
}

/// Runs `change`, and waits until `tls` is made of other files than before.
async fn changed(what: &str, tls: &Tls, change: impl FnOnce()) {
    let before = tls.current();
    change();
    until(what, async || !Arc::ptr_eq(&before, &tls.current())).await;
}

fn copy(from: &Path, to: &Path, kinds: [&str; 2]) {
    for kind in kinds {
        fs::copy(from.with_file_name(kind), to.with_file_name(kind)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_authorities_change_without_a_failed_call() {
    let (service, new) = (Guarded::start().await, Authority::new());
    let (old, to) = (&service.authority, service.address());
    let tls = old.tls(&old.vouch("consent")).await;
    let callers = Callers::start(to, &tls);
    let unlisted = old.tls(&old.vouch("stranger")).await;
    let both = fs::read_to_string(old.ca()).unwrap() + &fs::read_to_string(new.ca()).unwrap();

    // Both sides believe both authorities.
    changed("callers believe both", &tls, || fs::write(old.ca(), both).unwrap()).await;
    let own = new.vouch("consent");
    let renewed = tls::client(&own, Some(&old.ca()), &Running::new()).await.unwrap().unwrap();
    let comes_in = async |tls: &Tls| get(channel(to, tls)).await.code() == Code::NotFound;
    until("the server believes both", async || comes_in(&renewed).await).await;

    // The server shows a certificate of the new one, and then the callers do.
    let modern = new.tls(&own).await;
    assert!(!comes_in(&modern).await, "the old certificate is shown to whom trusts only the new");
    new.vouch("identity");
    copy(&new.ca(), &old.ca(), ["identity-cert", "identity-key"]);
    until("the server shows its new certificate", async || comes_in(&modern).await).await;
    changed("callers show their new certificate", &tls, || {
        copy(&new.ca(), &old.ca(), ["consent-cert", "consent-key"]);
    })
    .await;

    // Nobody believes the old one any more.
    changed("callers believe the new one alone", &tls, || {
        fs::copy(new.ca(), old.ca()).unwrap();
    })
    .await;
    until("the server believes the new one alone", async || {
        get(channel(to, &unlisted)).await.get_error_details().error_info().is_none()
    })
    .await;

    let (calls, failed) = callers.stop().await;
    assert!(failed.is_empty(), "{failed:?}");
    assert!(calls.iter().all(|calls| *calls > 10), "{calls:?}");
    assert!(comes_in(&tls).await);
    service.stop().await;
}
