//! A moment, by how long ago it was.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// So many of a unit ago, and when that was: who sits where does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Ago {
    count: i64,
    /// The unit by its name in the locale files.
    unit: &'static str,
    /// As RFC 3339 writes it.
    exact: String,
    /// For people, with its offset from UTC.
    shown: String,
}

impl Ago {
    /// How long `moment` is ago. Clocks may differ: what is yet to come is now.
    pub(crate) fn of(moment: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let passed = (now - moment).max(TimeDelta::zero());
        let (count, unit) = match passed.num_minutes() {
            0 => (0, "now"),
            minutes @ 1..60 => (minutes, "minutes"),
            minutes @ 60..1440 => (minutes / 60, "hours"),
            minutes => (minutes / 1440, "days"),
        };
        let exact = moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { count, unit, exact, shown: moment.format("%Y-%m-%d %H:%M UTC+00:00").to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_that_has_passed_whole_is_said() {
        let now = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        for (seconds, count, unit) in [
            (-5, 0, "now"),
            (59, 0, "now"),
            (60, 1, "minutes"),
            (3_599, 59, "minutes"),
            (3_600, 1, "hours"),
            (86_399, 23, "hours"),
            (86_400, 1, "days"),
            (8_640_000, 100, "days"),
        ] {
            let ago = Ago::of(now - TimeDelta::seconds(seconds), now);
            assert_eq!((ago.count, ago.unit), (count, unit), "{seconds} s");
        }
        let ago = Ago::of(now, now);
        assert_eq!(ago.exact, "2026-01-01T00:00:00Z");
        assert_eq!(ago.shown, "2026-01-01 00:00 UTC+00:00");
    }
}
