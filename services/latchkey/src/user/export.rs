//! `latchkey user export`.

use super::{
    identity::Identity,
    person::Person,
    rows::{Format, format_of},
};
use crate::operator::Failure;
use latchkey_proto::identity::v1::UserFilter;
use std::{
    fs::File,
    io::{BufWriter, Write, stdout},
    path::PathBuf,
};

const EXAMPLES: &str = "\
Examples:
  latchkey user export people.csv
  latchkey user export --format jsonl | jq -r .email";

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The file to write, which must not be there yet; without it, standard output
    file: Option<PathBuf>,

    /// The format; without it, by the file's name, and jsonl on standard output
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

/// Writes everybody, page by page. Whom an import adds again keeps the subject, and has no password.
pub(super) async fn export(identity: &Identity, options: &Options) -> Result<(), Failure> {
    let format = match &options.file {
        Some(file) => format_of(file, options.format)?,
        None => options.format.unwrap_or(Format::Jsonl),
    };
    let mut users = identity.connect().await?;
    let out: Box<dyn Write> = match &options.file {
        Some(path) => Box::new(
            File::create_new(path)
                .map_err(|error| Failure::trouble(format!("{}: {error}", path.display())))?,
        ),
        None => Box::new(stdout().lock()),
    };
    let mut out = BufWriter::new(out);
    let everybody = UserFilter::default();
    match format {
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            users
                .each(&everybody, |user| {
                    csv.serialize(Person::from(user).in_a_row()).map_err(broken)
                })
                .await?;
            csv.flush()?;
        }
        Format::Jsonl => {
            let mut line = |user| {
                serde_json::to_writer(&mut out, &Person::from(user))
                    .map_err(std::io::Error::from)?;
                Ok(out.write_all(b"\n")?)
            };
            users.each(&everybody, &mut line).await?;
        }
    }
    Ok(out.flush()?)
}

fn broken(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => Failure::trouble(format!("{other:?}")),
    }
}
