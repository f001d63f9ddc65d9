//! Attacks on three replicas at once: how many attempts reach a hash.

use crate::{Answer, PASSWORD, Service, WRONG, attempt_from, config};
use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::scratch::{Engine, Scratch};
use latchkey_identity::{Identity, store::MIGRATIONS};
use latchkey_proto::identity::v1::{
    VerifyCredentialsRequest, credential_service_client::CredentialServiceClient,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::task::JoinSet;
use tonic_types::StatusExt as _;

/// The default limits.
const ACCOUNT: u64 = 20;
const PAIR: u64 = 10;

/// Three identity services on one PostgreSQL, at a time that stands still.
struct Replicas {
    first: Service,
    others: Vec<Identity>,
    clock: Clock,
}

impl Replicas {
    async fn start() -> Self {
        let clock = Clock::manual(DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap());
        let scratch = Scratch::new(Engine::Postgres, &MIGRATIONS).await;
        let mut others = Vec::new();
        for _ in 0..2 {
            others.push(Identity::build(config(&scratch.url, &[]), clock.clone()).await.unwrap());
        }
        let first = Service::at(scratch, &[], clock.clone()).await;
        Self { first, others, clock }
    }

    fn begun(&self) -> u64 {
        let others = self.others.iter().map(|replica| replica.hashing.begun());
        self.first.identity.hashing.begun() + others.sum::<u64>()
    }

    /// Sends all of them at once, spread over the replicas. Returns the answers by their names, and how
    /// many hashes were begun for them.
    async fn flood(
        &self,
        attempts: impl IntoIterator<Item = VerifyCredentialsRequest>,
    ) -> (BTreeMap<String, u64>, u64) {
        let before = self.begun();
        let identities = self.others.iter().chain([&self.first.identity]);
        let mut clients = Vec::new();
        for identity in identities {
            let address = identity.running.address("gRPC").unwrap();
            let url = format!("http://{address}");
            clients.push(CredentialServiceClient::connect(url).await.unwrap());
        }
        let mut calls = JoinSet::new();
        for (attempt, client) in attempts.into_iter().zip(clients.iter().cycle()) {
            let mut client = client.clone();
            calls.spawn(async move {
                match client.verify_credentials(attempt).await {
                    Ok(_) => "looked at".to_owned(),
                    Err(status) => {
                        let details = status.get_error_details();
                        details.error_info().map_or(format!("{status:?}"), |it| it.reason.clone())
                    }
                }
            });
        }
        let mut answers = BTreeMap::new();
        for answer in calls.join_all().await {
            *answers.entry(answer).or_default() += 1;
        }
        (answers, self.begun() - before)
    }

    async fn stop(self) {
        for replica in self.others {
            replica.running.stop(Duration::from_secs(10)).await;
        }
        self.first.stop().await;
    }
}

#[expect(clippy::print_stdout, reason = "the counts are what an operator wants to see")]
fn told(what: &str, answers: &BTreeMap<String, u64>, hashes: u64) {
    println!("{what}: {answers:?}, {hashes} hashes");
}

/// One account, from everywhere, all at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn of_300_wrong_passwords_at_once_over_three_replicas_the_limit_is_looked_at() {
    let replicas = Replicas::start().await;
    replicas.first.add("ada@example.com", "ada").await.unwrap();
    let device = replicas.first.sign_in(attempt_from("198.51.100.7", "ada", PASSWORD)).await;

    for (what, name) in [("300 on one account", "ada"), ("300 on an unknown account", "nobody")] {
        let stuffing = (0..300).map(|host| {
            attempt_from(&format!("10.0.{}.{}", host / 250, host % 250), name, "wrong")
        });
        let (answers, hashes) = replicas.flood(stuffing).await;
        told(what, &answers, hashes);
        assert_eq!(hashes, ACCOUNT, "{answers:?}");
        assert_eq!(answers["looked at"], ACCOUNT, "{answers:?}");
    }

    // The owner, during the flood, on the device of before; and elsewhere after the delay.
    let mut owner = attempt_from("198.51.100.7", "ada", PASSWORD);
    let stranger = owner.clone();
    owner.context.as_mut().unwrap().device_token = device.device_token;
    replicas.first.answer(stranger.clone()).await.unwrap_err();
    let answer = replicas.first.answer(owner).await.unwrap();
    assert_eq!(answer, Answer::Verified(device.subject.clone()));
    replicas.clock.advance(TimeDelta::seconds(1));
    let answer = replicas.first.answer(stranger).await.unwrap();
    assert_eq!(answer, Answer::Verified(device.subject));
    replicas.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_against_one_account_is_stopped_sooner() {
    let replicas = Replicas::start().await;
    replicas.first.add("ada@example.com", "ada").await.unwrap();
    replicas.first.sign_in(attempt_from("198.51.100.7", "ada", PASSWORD)).await;
    let attempts = (0..300).map(|_| attempt_from("203.0.113.1", "ada", "wrong"));
    let (answers, hashes) = replicas.flood(attempts).await;
    told("300 on one account from one address", &answers, hashes);
    assert_eq!(hashes, PAIR, "{answers:?}");
    let elsewhere = attempt_from("198.51.100.7", "ada", PASSWORD);
    assert_ne!(replicas.first.answer(elsewhere).await.unwrap(), WRONG);
    replicas.stop().await;
}
