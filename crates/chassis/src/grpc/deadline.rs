//! Deadlines that callers set (gRPC over HTTP/2, `grpc-timeout`).

use crate::grpc::details::refused;
use std::{future::Future, time::Duration};
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Status, codegen::http::HeaderMap, metadata::MetadataMap};

/// Where the caller sets none, this much.
const LONGEST: Duration = Duration::from_secs(30);

/// The answer has a way to go: it leaves this much earlier, but at most a tenth of the time.
const WAY_BACK: Duration = Duration::from_millis(10);

/// When the caller stops waiting.
#[must_use]
pub fn of(metadata: &MetadataMap) -> Instant {
    let given = given(metadata.as_ref()).unwrap_or(LONGEST).min(LONGEST);
    Instant::now() + given.saturating_sub(WAY_BACK.min(given / 10))
}

/// How long the caller waits, where it says so.
pub(super) fn given(headers: &HeaderMap) -> Option<Duration> {
    headers.get("grpc-timeout").and_then(|value| parse(value.to_str().ok()?))
}

/// Gives up `work` at the deadline: whatever it waits for then never begins.
pub async fn within<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    timeout_at(deadline, work).await.unwrap_or_else(|_| Err(too_late()))
}

/// The deadline has passed.
#[must_use]
pub fn too_late() -> Status {
    refused(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline passed")
}

/// At most eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(count)),
        "M" => Some(Duration::from_mins(count)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_ends_at_the_deadline() {
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-timeout", "50m".parse().unwrap());
        let (began, deadline) = (Instant::now(), of(&metadata));
        let late = within(deadline, std::future::pending::<Result<(), _>>()).await.unwrap_err();
        assert_eq!(late.code(), Code::DeadlineExceeded);
        assert_eq!(began.elapsed(), Duration::from_millis(45));
        metadata.insert("grpc-timeout", "99999999H".parse().unwrap());
        assert!(of(&metadata) <= Instant::now() + LONGEST);
    }

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        assert_eq!(parse("50m"), Some(Duration::from_millis(50)));
        assert_eq!(parse("99999999H"), Some(Duration::from_hours(99_999_999)));
        assert_eq!(parse("0n"), Some(Duration::ZERO));
        for bad in ["", "m", "50", "-5m", "+5m", "5.0S", "123456789S", "5s", "5\u{e9}"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
