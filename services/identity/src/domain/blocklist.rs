//! Which new passwords are too easy to guess (NIST SP 800-63B-4, section 3.1.1.2): common ones,
//! patterns of them, and what the person is known by.

use secrecy::{ExposeSecret as _, SecretString};
use std::collections::HashSet;
use tokio::{sync::Semaphore, task::spawn_blocking};
use zxcvbn::zxcvbn;

/// Powers of ten of guesses: what fewer find is refused (zxcvbn's scores 0 and 1).
const COMMON: f64 = 6.0;
/// The same for a password that is this much easier for who knows the person.
const OWN: f64 = 9.0;
const EASIER: f64 = 2.0;

/// So many characters are looked at. What begins with this many easy ones is refused.
const MAX_CHARACTERS: usize = 40;
/// Signs that zxcvbn also reads as the letters that they may stand for, in all combinations: of more
/// kinds than this it would be seconds of work, and those are left out. It only gets easier to guess.
const SIGNS: &str = "@({[<!|$+%";
const MAX_SIGNS: usize = 6;
/// Only so much of the person's data is looked at.
const MAX_WORDS: usize = 16;

/// Passwords are judged one at a time, beside the threads that answer calls: one may take half a second.
static TURN: Semaphore = Semaphore::const_new(1);

/// Why this password is refused, as the rest of a sentence. `own` is what the person is known by:
/// email address, user name, display name, phone number.
pub async fn refusal(password: &SecretString, own: &[&str]) -> Option<&'static str> {
    let (password, words) = (password.clone(), words(own));
    let turn = TURN.acquire().await;
    let judged = spawn_blocking(move || {
        // It goes on where nobody waits any more, and so keeps its turn.
        let _turn = turn;
        judge(password.expose_secret(), &words)
    });
    judged.await.unwrap_or(Some("cannot be judged: choose another one"))
}

fn judge(password: &str, words: &[String]) -> Option<&'static str> {
    let mut read = HashSet::new();
    let mut is_read =
        |sign: char| read.contains(&sign) || read.len() < MAX_SIGNS && read.insert(sign);
    let password = password.chars().take(MAX_CHARACTERS);
    let password: String = password.filter(|c| !SIGNS.contains(*c) || is_read(*c)).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let for_anybody = zxcvbn(&password, &[]).guesses_log10();
    let for_friends = zxcvbn(&password, &words).guesses_log10();
    if for_anybody < COMMON {
        return Some("is common or easily guessed: choose several unrelated words");
    }
    let made_of_own = for_friends < OWN && for_anybody - for_friends > EASIER;
    made_of_own.then_some("is made of the person's own email address, names or phone number")
}

/// Each value as it is, and its parts; parts under three letters are in every password.
fn words(own: &[&str]) -> Vec<String> {
    let parts = |value: &str| {
        let value = value.to_lowercase();
        let parts = value.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        let parts: Vec<_> = parts.filter(|part| part.chars().count() >= 3).collect();
        let joined: String = value.chars().filter(|c| c.is_alphanumeric()).collect();
        [value, joined].into_iter().chain(parts)
    };
    let mut words: Vec<_> =
        own.iter().filter(|value| !value.is_empty()).copied().flat_map(parts).collect();
    words.dedup();
    words.truncate(MAX_WORDS);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use std::pin::pin;

    const OWN: [&str; 3] = ["user@example.com", "lovelace1815", "Ada Lovelace"];

    fn judged(password: &str, own: &[&str]) -> Option<&'static str> {
        judge(password, &words(own))
    }

    #[tokio::test]
    async fn who_answers_calls_does_not_judge_and_few_are_judged_at_once() {
        let before = TURN.acquire().await;
        let password = SecretString::from("password");
        let mut refused = pin!(refusal(&password, &[]));
        assert!(poll!(refused.as_mut()).is_pending(), "it waits for its turn");
        drop(before);
        assert!(refused.await.is_some_and(|why| why.contains("common")));
    }

    #[test]
    fn common_passwords_and_patterns_are_refused() {
        for common in [
            "password",
            "Password123",
            "passwordpassword",
            "qwertyuiopasdfghjkl",
            "123456789012345",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrst",
            "iloveyouiloveyou",
            "password!@#$%^&",
            "!@#$%^&*()_+",
        ] {
            let why = judged(common, &[]);
            assert!(why.is_some_and(|why| why.contains("common")), "{common}: {why:?}");
        }
    }

    #[test]
    fn what_a_person_is_known_by_is_refused_to_that_person_alone() {
        for own in [
            "user@example.com1234",
            "lovelace1815!",
            "AdaLovelaceAda1",
            "User@Example.com-2026!",
            "user@example.com!#$%^",
            "user@example.com({[<!|$+%",
        ] {
            let why = judged(own, &OWN);
            assert!(why.is_some(), "{own}");
        }
        assert!(judged("lovelace1815lovelace1815", &OWN).is_some_and(|why| why.contains("own")));
        assert_eq!(judged("lovelace1815lovelace1815", &["bob@example.com"]), None);
    }

    #[test]
    fn phrases_pass_in_any_script_and_length() {
        for good in [
            "k}9$Lm@2&xQ!8^zR*5%|w(",
            "correct horse battery staple",
            "\u{43c}\u{43e}\u{439} \u{441}\u{442}\u{430}\u{440}\u{44b}\u{439} \u{437}\u{435}\u{43b}\u{451}\u{43d}\u{44b}\u{439} \u{437}\u{43e}\u{43d}\u{442}",
        ] {
            assert_eq!(judged(good, &OWN), None, "{good}");
        }
        assert_eq!(judged(&"tangerine-vortex-Quilt ".repeat(44), &OWN), None);
    }
}
