//! Points in time, in the contract and in the domain.

use crate::domain::Violation;
use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// For the contract.
pub(crate) fn timestamp(at: DateTime<Utc>) -> Timestamp {
    let nanos = at.timestamp_subsec_nanos().try_into().unwrap_or_default();
    Timestamp { seconds: at.timestamp(), nanos }
}

/// From the contract. Absent: `default`.
pub(crate) fn point(
    field: &'static str,
    sent: Option<Timestamp>,
    default: DateTime<Utc>,
) -> Result<DateTime<Utc>, Violation> {
    let Some(Timestamp { seconds, nanos }) = sent else { return Ok(default) };
    let allowed = -62_135_596_800..=253_402_300_799;
    u32::try_from(nanos)
        .ok()
        .filter(|_| allowed.contains(&seconds))
        .and_then(|nanos| DateTime::from_timestamp(seconds, nanos))
        .ok_or_else(|| Violation::new(field, "is no time between the years 1 and 9999"))
}
