//! A time to wait, in the largest unit that people would say it in.

use serde::Serialize;
use std::time::Duration;

/// So many of a unit. Rounded up: who comes back after it has waited long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Wait {
    count: u64,
    /// The unit by its name in the locale files.
    unit: &'static str,
}

impl Wait {
    /// This long.
    pub(crate) fn of(duration: Duration) -> Self {
        let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
        match seconds {
            0..=90 => Self { count: seconds.max(1), unit: "seconds" },
            91..=5400 => Self { count: seconds.div_ceil(60), unit: "minutes" },
            _ => Self { count: seconds.div_ceil(3600), unit: "hours" },
        }
    }

    /// In seconds, for `Retry-After` (RFC 9110, section 10.2.3).
    pub(crate) fn seconds(self) -> u64 {
        self.count
            * match self.unit {
                "hours" => 3600,
                "minutes" => 60,
                _ => 1,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_comes_back_too_early() {
        for (millis, count, unit) in [
            (0, 1, "seconds"),
            (1_001, 2, "seconds"),
            (90_000, 90, "seconds"),
            (91_000, 2, "minutes"),
            (3_600_000, 60, "minutes"),
            (5_401_000, 2, "hours"),
        ] {
            let wait = Wait::of(Duration::from_millis(millis));
            assert_eq!(wait, Wait { count, unit });
            assert!(wait.seconds() * 1000 >= millis);
        }
    }
}
