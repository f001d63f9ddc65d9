//! Sign-outs that somebody asked for and that are not complete: because a person was disabled or
//! deleted or has a new password, or because Hydra was away. They are done until they are done.

use super::SignOuts;
use chassis::process::Running;
use latchkey_proto::identity::v1::SignOut;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior},
};
use tracing::{Instrument as _, instrument::WithSubscriber as _, subscriber::NoSubscriber};

/// Between two questions whether there are any.
const PAUSE: Duration = Duration::from_secs(1);
/// Before one that could not be done is tried again: twice as long each time, until this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How many are done at the same time: one that takes long keeps nobody else waiting.
const AT_ONCE: usize = 8;

/// Looks after them in the background. Several replicas that do the same do no harm.
pub(crate) fn finish_pending(running: &Running, sign_outs: SignOuts) {
    let stop = running.stopping();
    running.spawn(async move {
        let mut ticks = tokio::time::interval(PAUSE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut tries, mut begun, mut waiting) = (Tries::default(), JoinSet::new(), false);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(Ok((subject, complete))) = begun.join_next() => {
                    tries.note(subject, complete, Instant::now());
                }
                _ = ticks.tick() => {
                    let asked = sign_outs.asked().await;
                    match &asked {
                        Err(why) if !waiting => tracing::warn!(why, "sign-outs wait"),
                        Ok(_) if waiting => tracing::info!("sign-outs wait no longer"),
                        _ => {}
                    }
                    waiting = asked.is_err();
                    for sign_out in tries.due(asked.unwrap_or_default(), Instant::now()) {
                        begun.spawn(finish(sign_outs.clone(), sign_out));
                    }
                }
            }
        }
    });
}

async fn finish(sign_outs: SignOuts, sign_out: SignOut) -> (String, bool) {
    let (subject, span) = (sign_out.subject.clone(), tracing::info_span!("sign_out.pending"));
    let report = sign_outs.pending(sign_out).instrument(span).await;
    (subject, report.is_complete())
}

impl SignOuts {
    /// What can be done now, or what they wait for: while Hydra is away none is begun, and afterwards
    /// all of them at once.
    async fn asked(&self) -> Result<Vec<SignOut>, String> {
        let asked = self.identity.sign_outs().await;
        let asked = asked.map_err(|status| format!("identity answers {:?}", status.code()))?;
        if !asked.is_empty() {
            let ready = self.hydra.ready().with_subscriber(NoSubscriber::new()).await;
            ready.map_err(|error| error.to_string())?;
        }
        Ok(asked)
    }
}

/// Who is being signed out, and when those are tried again where it did not work.
#[derive(Debug, Default)]
struct Tries {
    running: HashSet<String>,
    later: HashMap<String, Later>,
}

#[derive(Debug)]
struct Later {
    at: Instant,
    pause: Duration,
}

impl Tries {
    /// What to begin now, of all that is asked for.
    fn due(&mut self, asked: Vec<SignOut>, now: Instant) -> Vec<SignOut> {
        let known: HashSet<_> = asked.iter().map(|it| it.subject.as_str()).collect();
        self.later.retain(|subject, _| known.contains(subject.as_str()));
        let mut due = asked;
        due.retain(|SignOut { subject, .. }| {
            !self.running.contains(subject)
                && self.later.get(subject).is_none_or(|later| later.at <= now)
        });
        due.truncate(AT_ONCE.saturating_sub(self.running.len()));
        self.running.extend(due.iter().map(|sign_out| sign_out.subject.clone()));
        due
    }

    /// One has ended.
    fn note(&mut self, subject: String, complete: bool, now: Instant) {
        self.running.remove(&subject);
        let before = self.later.remove(&subject);
        if !complete {
            let pause = before.map_or(PAUSE, |later| LONGEST_PAUSE.min(later.pause * 2));
            self.later.insert(subject, Later { at: now + pause, pause });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(subjects: &[&str]) -> Vec<SignOut> {
        let sign_out =
            |subject: &&str| SignOut { subject: (*subject).to_owned(), request_time: None };
        subjects.iter().map(sign_out).collect()
    }

    fn due(tries: &mut Tries, subjects: &[&str], now: Instant) -> Vec<String> {
        tries.due(asked(subjects), now).into_iter().map(|it| it.subject).collect()
    }

    #[test]
    fn what_cannot_be_done_waits_longer_each_time_and_nothing_else_does() {
        let (mut tries, mut now) = (Tries::default(), Instant::now());
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(due(&mut tries, &["stuck"], now), ["stuck"]);
            assert_eq!(due(&mut tries, &["new", "stuck"], now), ["new"], "it is being tried");
            tries.note("new".to_owned(), true, now);
            tries.note("stuck".to_owned(), false, now);
            let next = now + Duration::from_secs(pause);
            assert_eq!(due(&mut tries, &["new", "stuck"], now), ["new"], "{pause} s");
            tries.note("new".to_owned(), true, now);
            now = next;
        }
        assert!(due(&mut tries, &[], now).is_empty());
        assert_eq!(due(&mut tries, &["stuck"], now), ["stuck"], "asked for anew");
    }

    #[test]
    fn no_more_than_some_are_done_at_once() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let many: Vec<_> = (0..20).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(due(&mut tries, &many, now), many[..AT_ONCE]);
        assert!(due(&mut tries, &many, now).is_empty());
        tries.note("0".to_owned(), true, now);
        assert_eq!(due(&mut tries, &many[1..], now), ["8"]);
    }
}
