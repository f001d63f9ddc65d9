//! Whether the time of a refusal tells why it is one.

use crate::{
    channels, people,
    program::Program,
    statistics::{mann_whitney, median},
    table::Table,
};
use database::scratch::{Engine, Scratch};
use latchkey_identity::domain::password::Password;
use latchkey_proto::identity::v1::{
    credential_service_client::CredentialServiceClient, verify_credentials_response::Outcome,
};
use std::{hint::black_box, time::Instant};

/// Attempts of each kind.
const SAMPLES: u64 = 500;
/// What comes before: estimates and caches settle.
const WARM_UP: u64 = 20;

/// What is wrong: the first, which the others are compared with, is the password alone.
const KINDS: [&str; 4] = ["person", "nobody", "disabled", "passwordless"];

/// 2,000 attempts in turn, each for another account from another address: the times of each kind beside
/// those of a wrong password.
pub(crate) async fn of_refusals(
    table: &mut Table,
    engine: Engine,
    people: &Scratch,
    identity: &Program,
) {
    people::add_who_may_not_sign_in(&people.database, SAMPLES + WARM_UP).await;
    let mut client = CredentialServiceClient::new(channels(identity.grpc).await.remove(0));
    let mut times = [const { Vec::new() }; KINDS.len()];
    for number in 0..SAMPLES + WARM_UP {
        // Each round begins with another kind.
        for turn in 0..KINDS.len() {
            let place = (turn + usize::try_from(number).unwrap_or_default()) % KINDS.len();
            let attempt = people::wrong_attempt(KINDS[place], place, number);
            let began = Instant::now();
            let answer = client.verify_credentials(attempt).await;
            let took = began.elapsed().as_secs_f64() * 1e3;
            let outcome = answer.unwrap().into_inner().outcome.unwrap();
            assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
            if number >= WARM_UP {
                times[place].push(took);
            }
        }
    }
    let [wrong, others @ ..] = &times;
    table.tell(engine, "a wrong password, median ms", median(wrong));
    for (kind, times) in KINDS.into_iter().skip(1).zip(others) {
        let gap = (median(times) - median(wrong)).abs();
        table.at_most(engine, &format!("{kind} / wrong password: gap of medians, ms"), gap, 1.0);
        let p = mann_whitney(wrong, times);
        table.at_least(engine, &format!("{kind} / wrong password: Mann-Whitney p"), p, 0.01);
    }
}

/// What zxcvbn takes longest for, again and again: signs that stand for letters, and dates.
const LONG_TO_JUDGE: [&str; 5] =
    ["4@8({[<369&#!1/|0$5+7%2", "4@8({[<3690!1572a", "a", "p4$$w0rd7%2(3!", "2026-01-01"];

/// How long the worst of new passwords is judged, in hashes of one.
pub(crate) async fn of_new_passwords(table: &mut Table, engine: Engine, hash_ms: f64) {
    let mut worst = 0.0_f64;
    for typed in LONG_TO_JUDGE {
        let password = typed.repeat(44);
        let began = Instant::now();
        let own = ["ada@example.com", "Ada Lovelace"];
        let _ = black_box(Password::parse_new("password", &password, 8, &own).await);
        worst = worst.max(began.elapsed().as_secs_f64() * 1e3);
    }
    table.tell(engine, "the worst new password judged / a password hashed", worst / hash_ms);
}
