//! Which events a command shows, and what is told of each: of apps as of people.

use super::Failure;
use clap::Args;
use latchkey_proto::{client::v1::AppEvent, identity::v1::AuditEvent};
use prost_types::Timestamp;
use serde::Serialize;
use std::{
    io::{self, Write},
    time::SystemTime,
};

/// The most that a call lists.
const PAGE: u32 = 1000;

/// The events to show, the newest first.
#[derive(Debug, Clone, Args)]
pub(crate) struct Window {
    /// How many to show at most
    #[arg(long, default_value_t = 50, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// Only those since then: how long ago, such as 8h, or a time such as 2026-11-25T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Timestamp>,

    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Something that happened. What is empty is left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) time: String,
    pub(crate) event: String,
    pub(crate) outcome: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) subject: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) client_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) ip: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) user_agent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) trace_id: String,
}

impl Window {
    /// Hands each event to `show`, from as many pages as it takes. `page` takes the most events of a
    /// page and its token, and gives the token of the next one too.
    pub(crate) async fn each<E: Into<Entry>>(
        &self,
        mut page: impl AsyncFnMut(i32, String) -> Result<(Vec<E>, String), Failure>,
        mut show: impl FnMut(Entry) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (mut left, mut token) = (self.limit, String::new());
        loop {
            let most = i32::try_from(left.min(PAGE)).unwrap_or_default();
            let (events, next) = page(most, token).await?;
            left = left.saturating_sub(u32::try_from(events.len()).unwrap_or(u32::MAX));
            events.into_iter().map(Into::into).try_for_each(&mut show)?;
            if next.is_empty() {
                return Ok(());
            }
            if left == 0 {
                eprintln!("There are earlier ones: see --limit.");
                return Ok(());
            }
            token = next;
        }
    }

    /// Whether something happened before what is to be shown.
    pub(crate) fn begins_after(&self, time: Option<&Timestamp>) -> bool {
        let order = |time: &Timestamp| (time.seconds, time.nanos);
        self.since.as_ref().zip(time).is_some_and(|(since, time)| order(time) < order(since))
    }
}

impl Entry {
    /// As a line of JSON.
    pub(crate) fn json(&self, out: &mut impl Write) -> Result<(), Failure> {
        let text = serde_json::to_string(self).map_err(io::Error::from)?;
        Ok(writeln!(out, "{text}")?)
    }
}

impl From<AuditEvent> for Entry {
    fn from(event: AuditEvent) -> Self {
        Self {
            id: event.id,
            time: event.time.map(|time| time.to_string()).unwrap_or_default(),
            event: event.event,
            outcome: event.outcome,
            subject: event.subject,
            client_id: event.client_id,
            actor: event.actor,
            ip: event.ip,
            user_agent: event.user_agent,
            trace_id: event.trace_id,
            ..Self::default()
        }
    }
}

impl From<AppEvent> for Entry {
    fn from(event: AppEvent) -> Self {
        Self {
            id: event.id,
            time: event.time.map(|time| time.to_string()).unwrap_or_default(),
            event: event.event,
            outcome: event.outcome,
            client_id: event.client_id,
            fields: event.fields,
            actor: event.actor,
            trace_id: event.trace_id,
            ..Self::default()
        }
    }
}

/// How long ago, or when.
fn since(text: &str) -> Result<Timestamp, String> {
    let ago = humantime::parse_duration(text).ok();
    let time = match ago {
        Some(ago) => SystemTime::now().checked_sub(ago),
        None => humantime::parse_rfc3339(text).ok(),
    };
    let wrong = || "expected how long ago, such as 8h, or a time such as 2026-11-25T08:00:00Z";
    time.map(Timestamp::from).ok_or_else(|| wrong().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_an_age_or_a_time() {
        assert_eq!(since("2026-11-25T08:00:00Z").unwrap().to_string(), "2026-11-25T08:00:00Z");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let told = since("1h").unwrap().seconds + 3600 - i64::try_from(now).unwrap();
        assert!((0..60).contains(&told), "{told}");
        for wrong in ["", "yesterday", "2026-11-25", "8"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_happened_at_the_very_time_is_shown() {
        let at = |seconds, nanos| Timestamp { seconds, nanos };
        let window = Window { limit: 1, since: Some(at(10, 5)), json: false };
        assert!(window.begins_after(Some(&at(10, 4))) && window.begins_after(Some(&at(9, 9))));
        assert!(!window.begins_after(Some(&at(10, 5))) && !window.begins_after(Some(&at(11, 0))));
        assert!(!Window { since: None, ..window }.begins_after(Some(&at(0, 0))));
    }
}
