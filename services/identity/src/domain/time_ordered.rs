//! Ids in the order of time: UUIDs of version 7 (RFC 9562, section 5.7). New rows lie together in the
//! index, and a time bounds what is read.

use chrono::{DateTime, Utc};
use uuid::{Builder, NoContext, Timestamp, Uuid};

/// An id of this time: of two, the later one is greater, but within one millisecond.
pub(crate) fn id(at: DateTime<Utc>) -> String {
    let seconds = at.timestamp().try_into().unwrap_or_default();
    let time = Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos());
    Uuid::new_v7(time).to_string()
}

/// An id before all that have this time or a later one.
pub(crate) fn first_id(at: DateTime<Utc>) -> String {
    let millis = at.timestamp_millis().try_into().unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_id_is_greater() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let (before, after) = (at(1_700_000_000), at(1_700_000_001));
        assert!(id(before) < id(after));
        assert!(id(before) < first_id(after) && first_id(after) < id(after));
    }
}
