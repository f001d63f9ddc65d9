//! How long something takes that differs from time to time.

use std::time::Duration;

/// A time that is measured again and again: its average and its deviation, in the way in which TCP
/// estimates how long an answer takes (RFC 6298, section 2).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Estimate {
    average: Option<Duration>,
    deviation: Duration,
}

impl Estimate {
    /// It took so long this time.
    pub(super) fn measured(&mut self, took: Duration) {
        let Some(average) = self.average else {
            (self.average, self.deviation) = (Some(took), took / 2);
            return;
        };
        self.deviation = (self.deviation * 3 + average.abs_diff(took)) / 4;
        self.average = Some((average * 7 + took) / 8);
    }

    /// How long it takes. Zero: not known yet.
    pub(super) fn usual(&self) -> Duration {
        self.average.unwrap_or_default()
    }

    /// How long it rarely takes longer.
    pub(super) fn most(&self) -> Duration {
        self.usual() + self.deviation * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_is_measured_and_leaves_room_for_what_varies() {
        let time = Duration::from_millis(20);
        let mut steady = Estimate::default();
        assert_eq!((steady.usual(), steady.most()), (Duration::ZERO, Duration::ZERO));
        steady.measured(time);
        assert_eq!((steady.usual(), steady.most()), (time, time * 3));
        (0..30).for_each(|_| steady.measured(time));
        assert!(steady.usual() == time && steady.most() < time * 101 / 100, "{steady:?}");

        steady.measured(time * 5);
        assert_eq!(steady.usual(), time * 3 / 2);
        assert!(steady.most() > time * 5, "{steady:?}");

        let mut varied = Estimate::default();
        (0..100).for_each(|turn| varied.measured(time * if turn % 2 == 0 { 1 } else { 3 }));
        assert!(varied.usual() > time * 19 / 10 && varied.most() > time * 4, "{varied:?}");
    }
}
