//! Attacks on three real processes on one PostgreSQL, one of which is killed in the middle: how many
//! guesses get an answer.

use crate::NOTHING;
use database::scratch::{Engine, Scratch};
use futures_util::{StreamExt as _, stream};
use latchkey_integration_tests::identity::Identity;
use latchkey_proto::identity::v1::{
    AttemptContext, CreateUserRequest, ListThrottlesRequest, ThrottleKind, ThrottleTarget,
    VerifyCredentialsRequest, credential_service_client::CredentialServiceClient,
    throttle_service_client::ThrottleServiceClient, throttle_target::Target,
    user_service_client::UserServiceClient, verify_credentials_response::Outcome,
};
use std::collections::BTreeMap;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt as _;

/// The default limits.
const ACCOUNT: usize = 20;
const SOURCE: usize = 100;
const PASSWORD: &str = "correct horse battery staple";

struct Attack {
    replicas: Vec<Identity>,
    channels: Vec<Channel>,
    _database: Scratch,
}

/// How many guesses were answered in which way.
type Answers = BTreeMap<String, usize>;

impl Attack {
    /// Nobody waits less than an hour, so that it does not matter how long the attack takes.
    async fn on_three() -> Self {
        let database = Scratch::new(Engine::Postgres, &NOTHING).await;
        let start = |_| Identity::start(&database.url, &["--throttle-delay=1h"]);
        let replicas: Vec<_> = (0..3).map(start).collect();
        let channel = |replica: &Identity| {
            Endpoint::from_shared(format!("http://{}", replica.address)).unwrap().connect_lazy()
        };
        let channels: Vec<_> = replicas.iter().map(channel).collect();
        let ada = CreateUserRequest {
            email: "ada@example.com".to_owned(),
            display_name: "Ada".to_owned(),
            password: PASSWORD.to_owned(),
            ..CreateUserRequest::default()
        };
        UserServiceClient::new(channels[0].clone()).create_user(ada).await.unwrap();
        Self { replicas, channels, _database: database }
    }

    /// Sends guesses to all replicas in turn, many at once. In the middle one of them dies, and
    /// comes back.
    async fn flood(&mut self, guesses: Vec<VerifyCredentialsRequest>) -> Answers {
        let (channels, mut answers) = (self.channels.clone(), Answers::new());
        let middle = guesses.len() / 8;
        let calls = guesses.into_iter().zip(channels.iter().cycle()).map(|(guess, channel)| {
            let mut client = CredentialServiceClient::new(channel.clone());
            async move { client.verify_credentials(guess).await }
        });
        let mut calls = stream::iter(calls).buffer_unordered(60).enumerate();
        while let Some((number, answer)) = calls.next().await {
            let answer = match answer.map(|it| it.into_inner().outcome) {
                Ok(Some(Outcome::Rejected(rejected))) => rejected.reason().as_str_name().to_owned(),
                Ok(verified) => panic!("{verified:?}"),
                Err(status) => match status.get_error_details().error_info() {
                    Some(info) => info.reason.clone(),
                    None => format!("{:?}", status.code()),
                },
            };
            *answers.entry(answer).or_default() += 1;
            if number == middle {
                self.replicas[2].kill();
                self.replicas[2].start_again();
            }
        }
        answers
    }

    async fn failures(&self, kind: ThrottleKind, target: Target) -> i64 {
        let target = Some(ThrottleTarget { target: Some(target) });
        let request = ListThrottlesRequest { target, ..ListThrottlesRequest::default() };
        let mut client = ThrottleServiceClient::new(self.channels[1].clone());
        let counters = client.list_throttles(request).await.unwrap().into_inner().throttles;
        counters.iter().find(|it| it.kind() == kind).unwrap().failures
    }
}

fn guess(identifier: &str, ip: String) -> VerifyCredentialsRequest {
    let context = AttemptContext { ip, ..AttemptContext::default() };
    VerifyCredentialsRequest {
        identifier: identifier.to_owned(),
        password: "wrong".to_owned(),
        context: Some(context),
    }
}

#[expect(clippy::print_stdout, reason = "the counts are what an operator wants to see")]
fn count(what: &str, answers: &Answers, limit: usize) {
    println!("{what}: {answers:?}, limit {limit}");
    let looked_at = answers["REJECTION_REASON_WRONG_CREDENTIALS"];
    assert!(looked_at <= limit, "{answers:?}");
    assert!(answers["THROTTLED"] > answers.values().sum::<usize>() / 2, "{answers:?}");
    let known = ["REJECTION_REASON_WRONG_CREDENTIALS", "THROTTLED", "HASHING_OVERLOADED"];
    let killed = ["Unavailable", "Unknown", "Cancelled", "Internal"];
    for answer in answers.keys().map(String::as_str) {
        assert!(known.contains(&answer) || killed.contains(&answer), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_400_stuffed_passwords_from_everywhere_the_accounts_limit_is_looked_at() {
    let mut attack = Attack::on_three().await;
    let guesses = (0..400)
        .map(|host| guess("ada@example.com", format!("10.1.{}.{}", host / 250, host % 250)));
    let answers = attack.flood(guesses.collect()).await;
    count("400 on one account, three processes, one killed", &answers, ACCOUNT);
    let target = Target::Identifier("ada@example.com".to_owned());
    let failures = attack.failures(ThrottleKind::Account, target).await;
    assert_eq!(usize::try_from(failures).unwrap(), ACCOUNT, "guesses that died were counted too");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_spray_from_one_address_the_sources_limit_is_looked_at() {
    let mut attack = Attack::on_three().await;
    let guesses = (0..800).map(|user| guess(&format!("user{user}"), "203.0.113.1".to_owned()));
    let answers = attack.flood(guesses.collect()).await;
    count("one address on 800 accounts, three processes, one killed", &answers, SOURCE);
    let target = Target::Address("203.0.113.1".to_owned());
    let failures = attack.failures(ThrottleKind::Source, target).await;
    assert_eq!(usize::try_from(failures).unwrap(), SOURCE, "guesses that died were counted too");

    // Ada, at home, does not notice.
    let mut request = guess("ada@example.com", "198.51.100.7".to_owned());
    PASSWORD.clone_into(&mut request.password);
    let mut client = CredentialServiceClient::new(attack.channels[2].clone());
    let answer = client.verify_credentials(request).await.unwrap().into_inner().outcome;
    assert!(matches!(answer, Some(Outcome::Verified(_))), "{answer:?}");
}
