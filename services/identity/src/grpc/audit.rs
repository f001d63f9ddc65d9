//! `AuditService`.

use crate::domain::Violation;
use crate::grpc::{
    deadline, page, status,
    time::{point, timestamp},
};
use crate::store::audit::{self, Filter, Kept};
use chrono::{DateTime, Utc};
use database::Database;
use latchkey_proto::identity::v1::{
    AuditEvent, ListEventsRequest, ListEventsResponse, audit_service_server::AuditService,
};
use prost::Message as _;
use std::mem;
use tonic::{Request, Response, Status};

/// Longer filters match nothing.
const MAX_FILTER_BYTES: usize = 64;

/// After every id.
const NEWEST: &str = "g";

/// Serves the trail.
#[derive(Debug)]
pub(crate) struct Audit {
    pub(crate) database: Database,
}

/// What a request asks for.
struct Asked {
    filter: Filter,
    size: i64,
    before: String,
    /// What a page token belongs to.
    filters: Vec<u8>,
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_events(
        &self,
        request: Request<ListEventsRequest>,
    ) -> Result<Response<ListEventsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let Asked { filter, size, before, filters } =
            asked(request.into_inner()).map_err(|violation| status::invalid(vec![violation]))?;
        let events = deadline::within(deadline, async {
            Ok(audit::list(&self.database, &filter, &before, size + 1).await?)
        })
        .await?;
        let (events, next_page_token) =
            page::cut(events, size, &filters, |event| event.id.as_bytes());
        let events = events.into_iter().map(message).collect();
        Ok(Response::new(ListEventsResponse { events, next_page_token }))
    }
}

fn asked(mut request: ListEventsRequest) -> Result<Asked, Violation> {
    let size = page::size(mem::take(&mut request.page_size))?;
    let token = mem::take(&mut request.page_token);
    let filters = request.encode_to_vec();
    let before = match page::id(&filters, &token)? {
        first if first.is_empty() => NEWEST.to_owned(),
        before => before,
    };
    let ListEventsRequest { subject, event, start_time, end_time, .. } = request;
    for (field, value) in [("subject", &subject), ("event", &event)] {
        Violation::unless_bytes(field, value, 0..=MAX_FILTER_BYTES)?;
        if value.contains(char::is_control) {
            return Err(Violation::new(field, "has a control character"));
        }
    }
    let start = point("start_time", start_time, DateTime::UNIX_EPOCH)?;
    let end = point("end_time", end_time, END)?;
    Ok(Asked { filter: Filter { subject, event, start, end }, size, before, filters })
}

/// The last second that all databases keep.
const END: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(end) => end,
    None => DateTime::<Utc>::MAX_UTC,
};

fn message(kept: Kept) -> AuditEvent {
    AuditEvent {
        id: kept.id,
        time: Some(timestamp(kept.at)),
        event: kept.event,
        outcome: kept.outcome,
        subject: kept.subject.unwrap_or_default(),
        actor: kept.actor.unwrap_or_default(),
        client_id: kept.client_id.unwrap_or_default(),
        ip: kept.ip.unwrap_or_default(),
        user_agent: kept.user_agent.unwrap_or_default(),
        trace_id: kept.trace_id.unwrap_or_default(),
    }
}
