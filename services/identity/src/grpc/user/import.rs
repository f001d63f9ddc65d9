//! `ImportUsers`: rows come, are added in small transactions, and results go.

use super::{Users, message::sent};
use crate::domain::{
    Violation,
    user::{
        Details,
        import::{self, Outcome, Row},
    },
};
use chassis::caller;
use futures_util::{Stream, StreamExt as _, future::ready, stream};
use latchkey_proto::identity::v1::{
    FieldViolation, ImportUsersRequest, ImportUsersResponse, RowRejected, UserState,
    import_users_response::Result as Answer,
};
use std::pin::Pin;
use tonic::{Status, Streaming};

/// The most rows that are added at once: what has arrived by then, and so one alone never waits.
const AT_ONCE: usize = 200;

pub(super) type Results =
    Pin<Box<dyn Stream<Item = Result<ImportUsersResponse, Status>> + Send + 'static>>;

/// Reads no further than it has answered.
pub(super) fn import(users: Users, rows: Streaming<ImportUsersRequest>) -> Results {
    // After an error the transport's stream must not be asked again.
    let rows = rows.scan(false, |broken, row| {
        let ended = std::mem::replace(broken, row.is_err());
        ready((!ended).then_some(row))
    });
    let batches = rows.ready_chunks(AT_ONCE);
    let caller = caller::current();
    let answers = batches.then(move |batch| {
        let (users, caller) = (users.clone(), caller.clone());
        async move { caller::scope(caller, add(&users, batch)).await }
    });
    Box::pin(answers.flatten())
}

/// The answers to a batch; where the stream of rows broke off, that comes last.
async fn add(
    users: &Users,
    batch: Vec<Result<ImportUsersRequest, Status>>,
) -> impl Stream<Item = Result<ImportUsersResponse, Status>> + use<> {
    let (mut numbers, mut rows, mut broken) = (Vec::new(), Vec::new(), None);
    for request in batch {
        match request {
            Ok(request) => {
                numbers.push(request.row);
                rows.push(row(request));
            }
            Err(status) => broken = Some(status),
        }
    }
    let Users { database, hashing, clock, password_min_length, .. } = users;
    let added = import::import(database, hashing, clock, &rows, *password_min_length).await;
    let mut answers: Vec<_> = match added {
        Ok(outcomes) => numbers.into_iter().zip(outcomes).map(|it| Ok(answer(it))).collect(),
        Err(error) => vec![Err(Status::from(error))],
    };
    answers.extend(broken.map(Err));
    stream::iter(answers)
}

fn row(request: ImportUsersRequest) -> Row {
    let active = request.state() != UserState::Disabled;
    Row {
        subject: request.subject,
        details: Details {
            email: request.email,
            username: request.username,
            display_name: request.display_name,
            phone_number: request.phone_number,
            address: sent(request.address),
            groups: request.groups,
        },
        password: request.password,
        password_hash: request.password_hash,
        active,
    }
}

fn answer((row, outcome): (i64, Outcome)) -> ImportUsersResponse {
    let result = match outcome {
        Ok(subject) => Answer::Subject(subject),
        Err(violations) => Answer::Rejected(RowRejected {
            violations: violations.into_iter().map(violation).collect(),
        }),
    };
    ImportUsersResponse { row, result: Some(result) }
}

fn violation(violation: Violation) -> FieldViolation {
    FieldViolation { field: violation.field.into_owned(), description: violation.problem }
}
