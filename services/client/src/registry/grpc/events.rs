//! `ListAppEvents`.

use super::{message::timestamp, status};
use crate::registry::{
    apps::AppError,
    journal::{Entry, Journal},
    rules::Violation,
};
use chassis::grpc::deadline;
use latchkey_proto::client::v1::{AppEvent, ListAppEventsRequest, ListAppEventsResponse};
use tonic::{Request, Status};
use uuid::Uuid;

const DEFAULT: i32 = 100;
const LARGEST: i32 = 1000;

/// Behind all ids, which are hexadecimal.
const END: &str = "z";

/// The events of an app, or of all. The page token is the last id that was told.
pub(super) async fn list(
    journal: &Journal,
    request: Request<ListAppEventsRequest>,
) -> Result<ListAppEventsResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let ListAppEventsRequest { client_id, page_size, page_token } = request.into_inner();
    let most: i64 = match page_size {
        0 => DEFAULT.into(),
        1..=LARGEST => page_size.into(),
        _ => return Err(invalid("page_size", "is not within 1 and 1000")),
    };
    let before = match page_token.as_str() {
        "" => END,
        token if Uuid::try_parse(token).is_ok() => token,
        _ => return Err(invalid("page_token", "is not one of ours")),
    };
    let mut entries = deadline::within(deadline, async {
        let listed = journal.list(&client_id, before, most + 1).await;
        listed.map_err(|error| status::from_app_error(AppError::Database(error)))
    })
    .await?;
    let more = entries.len() > usize::try_from(most).unwrap_or_default();
    if more {
        entries.pop();
    }
    let last = entries.last().filter(|_| more).map(|entry| entry.id.clone());
    Ok(ListAppEventsResponse {
        events: entries.into_iter().map(event).collect(),
        next_page_token: last.unwrap_or_default(),
    })
}

fn event(entry: Entry) -> AppEvent {
    AppEvent {
        id: entry.id,
        time: Some(timestamp(entry.at)),
        event: entry.event,
        outcome: entry.outcome,
        client_id: entry.client_id,
        fields: entry.fields.split_ascii_whitespace().map(str::to_owned).collect(),
        actor: entry.actor.unwrap_or_default(),
        trace_id: entry.trace_id.unwrap_or_default(),
    }
}

fn invalid(field: &str, problem: &str) -> Status {
    status::invalid("", vec![Violation { field: field.to_owned(), problem: problem.to_owned() }])
}
