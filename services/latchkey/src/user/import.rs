//! `latchkey user import`.

use super::{
    identity::Identity,
    rows::{Format, Rows, format_of},
};
use crate::operator::Failure;
use futures_util::stream;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use latchkey_proto::identity::v1::{
    ImportUsersRequest, ImportUsersResponse, RowRejected, import_users_response::Result as Outcome,
};
use std::{
    io::{Write as _, stdout},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tonic::Status;

const ABOUT: &str = "\
Columns of CSV (a header row names them, in any order) and names in JSON:
  email          required
  display_name   required
  username       to sign in with beside the email address
  phone_number   with + and a country code
  formatted_address, street_address, locality, region, postal_code, country
                 the postal address, in whatever parts are known
  groups         names with a space between them; in JSON an array of texts
  password       hashed on arrival: some 20 ms each
  password_hash  of another system, in place of a password: argon2, scrypt or pbkdf2 as a PHC string,
                 or bcrypt ($2a$, $2b$, $2y$); replaced by argon2id at the first sign-in
  state          active (as when empty) or disabled
  subject        to keep; without it a new one is made

One person a row. A row that cannot be added is reported with its line on standard error and left out
whole; the others are added. The same import again adds nobody twice.

Examples:
  latchkey user import people.csv
  latchkey user import people.jsonl 2> left-out.txt

Exit codes: 0 all were added, 1 some were left out, 2 it could not be done to the end.";

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = ABOUT)]
pub(super) struct Options {
    /// The file to read
    file: PathBuf,

    /// The format; without it, by the file's name
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

/// How far it has come.
#[derive(Debug)]
struct Tally {
    bar: ProgressBar,
    added: AtomicU64,
    left_out: AtomicU64,
}

/// Rows go as fast as results come; a few hundred at most are on the way.
pub(super) async fn import(identity: &Identity, options: &Options) -> Result<(), Failure> {
    let format = format_of(&options.file, options.format)?;
    let rows = Rows::open(&options.file, format)?;
    let bytes = options.file.metadata().map_or(0, |file| file.len());
    let mut users = identity.connect().await?;
    let tally = Arc::new(Tally::new(bytes)?);
    let outcome = async {
        let sent = stream::iter(readable(rows, tally.clone()));
        let mut results = users.calls.import_users(sent).await?.into_inner();
        while let Some(result) = results.message().await? {
            tally.told(result);
        }
        Ok::<_, Status>(())
    }
    .await;
    tally.bar.finish_and_clear();
    let left_out = tally.left_out.load(Ordering::Relaxed);
    let added = HumanCount(tally.added.load(Ordering::Relaxed));
    writeln!(stdout().lock(), "{added} added, {} left out", HumanCount(left_out))?;
    match outcome {
        Ok(()) if left_out == 0 => Ok(()),
        Ok(()) => Err(Failure::LeftOut),
        Err(status) => Err(Failure::trouble(format!(
            "the import broke off: {} ({:?}). What was added stays; the same import again leaves it \
             out.",
            status.message(),
            status.code()
        ))),
    }
}

/// The rows that can be read; the others are told.
fn readable(
    mut rows: Rows,
    tally: Arc<Tally>,
) -> impl Iterator<Item = ImportUsersRequest> + Send + 'static {
    std::iter::from_fn(move || {
        loop {
            let row = rows.next()?;
            tally.bar.set_position(rows.read());
            match row {
                Ok(row) => return Some(row),
                Err(unreadable) => tally.leave_out(&unreadable.to_string()),
            }
        }
    })
}

impl Tally {
    fn new(bytes: u64) -> Result<Self, Failure> {
        let style = ProgressStyle::with_template(
            "{bar:32} {percent:>3}%  {decimal_bytes} of {decimal_total_bytes}  {msg}  {eta} to go",
        )
        .map_err(|error| Failure::trouble(error.to_string()))?;
        let bar = ProgressBar::new(bytes).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        Ok(Self { bar, added: AtomicU64::new(0), left_out: AtomicU64::new(0) })
    }

    fn told(&self, result: ImportUsersResponse) {
        match result.result {
            Some(Outcome::Subject(_)) => {
                let added = self.added.fetch_add(1, Ordering::Relaxed) + 1;
                self.bar.set_message(format!("{} added", HumanCount(added)));
            }
            Some(Outcome::Rejected(rejected)) => {
                self.leave_out(&format!("line {}: {}", result.row, why(&rejected)));
            }
            None => self.leave_out(&format!("line {}: identity says nothing", result.row)),
        }
    }

    fn leave_out(&self, text: &str) {
        self.left_out.fetch_add(1, Ordering::Relaxed);
        self.bar.suspend(|| eprintln!("{text}"));
    }
}

pub(super) fn why(rejected: &RowRejected) -> String {
    let each = rejected.violations.iter().map(|it| format!("{} {}", it.field, it.description));
    each.collect::<Vec<_>>().join("; ")
}
