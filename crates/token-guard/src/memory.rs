//! What was decided about tokens a moment ago. A token is known by its hash, and never kept.

use crate::{Grant, Refusal, claims, metrics, settings::Settings};
use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;
use std::{
    future::Future,
    time::{Duration, Instant},
};

/// SHA-256 of a token.
type Key = [u8; 32];
type Verdict = Result<Grant, Refusal>;

/// Verdicts, as many as the settings allow. The least used make room, so that a flood of made-up
/// tokens does not drive out those that people work with.
pub(crate) struct Memory {
    /// `None`: nothing is remembered.
    verdicts: Option<Cache<Key, Known>>,
    lasting: Lasting,
}

/// What was decided about a token.
#[derive(Clone)]
struct Known {
    verdict: Verdict,
    decided: Instant,
    until: Instant,
}

/// How long verdicts last.
struct Lasting {
    granted: Duration,
    refused: Duration,
}

impl Memory {
    pub(crate) fn new(settings: &Settings) -> Self {
        let lasting = Lasting { granted: settings.granted_for, refused: settings.refused_for };
        let verdicts = (!settings.granted_for.is_zero()).then(|| Cache::new(settings.remembered));
        Self { verdicts, lasting }
    }

    /// What is known of the token, if anything.
    pub(crate) fn recall(&self, token: &str) -> Option<Verdict> {
        let known = self.verdicts.as_ref()?.get(&key(token))?;
        (Instant::now() < known.until).then(|| told(known.verdict, true))
    }

    /// What is known of the token, or else what `decide` finds. However many ask about one token at
    /// once, one question is asked. That nobody could be asked is told to those who have waited, and
    /// not remembered.
    pub(crate) async fn verdict(
        &self,
        token: &str,
        decide: impl Future<Output = Verdict>,
    ) -> Verdict {
        let Some(verdicts) = &self.verdicts else { return told(decide.await, false) };
        let (key, arrival) = (key(token), Instant::now());
        loop {
            match verdicts.get_value_or_guard_async(&key).await {
                Ok(known) if arrival <= known.decided || Instant::now() < known.until => {
                    return told(known.verdict, true);
                }
                Ok(old) => drop(verdicts.remove_if(&key, |known| known.decided == old.decided)),
                Err(place) => {
                    let verdict = decide.await;
                    let decided = Instant::now();
                    let until = decided + self.lasting.of(&verdict, claims::now());
                    // Refused where the place has been cleared meanwhile: then it is not remembered.
                    let _ = place.insert(Known { verdict: verdict.clone(), decided, until });
                    return told(verdict, false);
                }
            }
        }
    }

    /// How many tokens are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.verdicts.as_ref().map_or(0, Cache::len)
    }
}

/// The verdict, counted. A grant ends with its token, whatever the clocks have done meanwhile.
fn told(verdict: Verdict, remembered: bool) -> Verdict {
    let verdict = verdict.and_then(|grant| still_valid(grant, claims::now()));
    metrics::checked(&verdict, remembered);
    verdict
}

fn key(token: &str) -> Key {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    key
}

fn still_valid(grant: Grant, now: u64) -> Verdict {
    match grant.0.expires_at {
        Some(expires_at) if expires_at <= now => Err(Refusal::Inactive),
        _ => Ok(grant),
    }
}

impl Lasting {
    fn of(&self, verdict: &Verdict, now: u64) -> Duration {
        match verdict {
            Ok(grant) => {
                let left = grant.0.expires_at.map(|at| Duration::from_secs(at.saturating_sub(now)));
                left.map_or(self.granted, |left| left.min(self.granted))
            }
            Err(Refusal::Unavailable(_)) => Duration::ZERO,
            Err(_) => self.refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Demands;
    use serde_json::json;

    const HOUR: Duration = Duration::from_hours(1);

    fn grant(expires_at: u64) -> Grant {
        let claims = json!({ "sub": "1", "client_id": "shop", "exp": expires_at });
        let claims = claims.as_object().unwrap().clone();
        Demands::new(&Settings::default()).decide(claims, 0).unwrap()
    }

    #[test]
    fn a_verdict_lasts_as_configured_and_never_past_the_tokens_end() {
        let lasting = Lasting { granted: HOUR, refused: Duration::from_secs(1) };
        let of = |verdict: &Verdict| lasting.of(verdict, 1000);
        assert_eq!(of(&Ok(grant(1_000_000))), HOUR);
        assert_eq!(of(&Ok(grant(1030))), Duration::from_secs(30));
        assert_eq!(of(&Ok(grant(1))), Duration::ZERO);
        assert_eq!(of(&Err(Refusal::Inactive)), Duration::from_secs(1));
        assert_eq!(of(&Err(Refusal::Unavailable("down".to_owned()))), Duration::ZERO);
    }

    #[test]
    fn a_remembered_grant_ends_with_its_token() {
        assert!(still_valid(grant(1000), 999).is_ok());
        assert_eq!(still_valid(grant(1000), 1000), Err(Refusal::Inactive));
    }

    #[tokio::test]
    async fn made_up_tokens_take_a_bounded_room_and_drive_out_none_in_use() {
        let settings = Settings {
            granted_for: HOUR,
            refused_for: HOUR,
            remembered: 1000,
            ..Settings::default()
        };
        let memory = Memory::new(&settings);
        let used = async || memory.verdict("used", async { Ok(grant(u64::MAX)) }).await.unwrap();
        used().await;
        for number in 0..100_000_u32 {
            let made_up = format!("made-up-{number}");
            let refused = memory.verdict(&made_up, async { Err(Refusal::Inactive) }).await;
            assert_eq!(refused, Err(Refusal::Inactive));
            if number.is_multiple_of(50) {
                used().await;
            }
        }
        assert!(memory.len() <= settings.remembered, "{}", memory.len());
        let asked = async { panic!("it is remembered") };
        memory.verdict("used", asked).await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_remembered_where_nothing_shall_be() {
        let settings = Settings { granted_for: Duration::ZERO, ..Settings::default() };
        let memory = Memory::new(&settings);
        memory.verdict("token", async { Ok(grant(u64::MAX)) }).await.unwrap();
        let revoked = memory.verdict("token", async { Err(Refusal::Inactive) }).await;
        assert_eq!(revoked, Err(Refusal::Inactive));
    }
}
