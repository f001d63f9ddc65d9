//! Times that options take, such as `12h`.

use std::{ops::RangeInclusive, time::Duration};

const DAY: Duration = Duration::from_hours(24);

/// A time within `bounds`; of another one `refusal` says what is allowed.
pub fn within(
    text: &str,
    bounds: RangeInclusive<Duration>,
    refusal: &str,
) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if bounds.contains(&time) { Ok(time) } else { Err(refusal.to_owned()) }
}

/// clap's parser for how long a trail is kept.
pub fn retention(text: &str) -> Result<Duration, String> {
    within(text, DAY..=36_525 * DAY, "from 1d to 100y is allowed, such as 90d")
}
