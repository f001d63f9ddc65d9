//! People who are looked up at the same time are looked up together.

use super::{UserRow, read};
use crate::{domain::user::User, store::StoreError};
use chassis::process::Running;
use database::Database;
use std::sync::Arc;
use tokio::sync::{
    Mutex,
    mpsc::{self, Receiver},
    oneshot,
};

/// So many statements run at once. Who comes while they do goes with the next.
const LANES: usize = 2;

/// After so many statements a connection goes back to the pool, where others may wait for it.
const IN_A_ROW: usize = 100;

/// Looks people up. A call alone is answered at once, by a statement of its own; calls that come while
/// one runs share the next. Each is answered from what the database holds after it has come.
#[derive(Debug, Clone)]
pub struct Finder {
    database: Database,
    calls: mpsc::Sender<Call>,
}

type Answer = oneshot::Sender<Option<User>>;

#[derive(Debug)]
struct Call {
    subject: String,
    answer: Answer,
}

impl Finder {
    /// Starts looking people up, as a part of `running`, until the last clone is gone.
    #[must_use]
    pub fn start(database: Database, running: &Running) -> Self {
        let (calls, waiting) = mpsc::channel(LANES * read::AT_ONCE);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..LANES {
            running.spawn(lane(database.clone(), waiting.clone()));
        }
        Self { database, calls }
    }

    /// The person with this subject.
    #[tracing::instrument(
        name = "users.find",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "SELECT")
    )]
    pub async fn find(&self, subject: &str) -> Result<Option<User>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let call = Call { subject: subject.to_owned(), answer };
        if self.calls.send(call).await.is_ok()
            && let Ok(found) = answered.await
        {
            return Ok(found);
        }
        // A statement for many has failed: each does it again alone, and learns why it fails.
        read::find(&self.database, subject).await
    }
}

/// Answers calls, as many with one statement as have come meanwhile.
async fn lane(database: Database, waiting: Arc<Mutex<Receiver<Call>>>) {
    let mut calls = Vec::with_capacity(read::AT_ONCE);
    loop {
        if calls.is_empty() && waiting.lock().await.recv_many(&mut calls, read::AT_ONCE).await == 0
        {
            return;
        }
        if let Err(error) = in_a_row(&database, &waiting, &mut calls).await {
            tracing::debug!(%error, "people who were looked up together are looked up alone");
            calls.clear();
        }
    }
}

/// On one connection, for as long as calls come.
async fn in_a_row(
    database: &Database,
    waiting: &Mutex<Receiver<Call>>,
    calls: &mut Vec<Call>,
) -> sqlx::Result<()> {
    let mut connection = database.read().await?;
    for _ in 0..IN_A_ROW {
        let (subjects, mut answers): (Vec<_>, Vec<_>) =
            calls.drain(..).map(|call| (call.subject, call.answer)).unzip();
        let found = tokio::select! {
            found = read::find_some(&mut connection, &subjects) => found?,
            // The connection goes in the middle of its statement, which ends with it.
            () = nobody_waits(&mut answers) => break,
        };
        for (subject, answer) in subjects.iter().zip(answers) {
            let user = found.iter().find(|row| row.subject == *subject);
            // Where nobody waits any more, nobody gets it.
            let _ = answer.send(user.cloned().map(UserRow::into));
        }
        // Where the other lane waits for calls, it has this one, and takes them.
        let Ok(mut waiting) = waiting.try_lock() else { break };
        while calls.len() < read::AT_ONCE
            && let Ok(call) = waiting.try_recv()
        {
            calls.push(call);
        }
        if calls.is_empty() {
            break;
        }
    }
    Ok(())
}

async fn nobody_waits(answers: &mut [Answer]) {
    for answer in answers {
        answer.closed().await;
    }
}
