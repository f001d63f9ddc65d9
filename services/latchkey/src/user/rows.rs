//! The rows of a CSV or JSON lines file, one line at a time: what a line spoils is that line alone,
//! and no more than one is in memory.

mod lines;
mod record;

pub(super) use record::Unreadable;

use crate::operator::Failure;
use latchkey_proto::identity::v1::ImportUsersRequest;
use lines::Lines;
use record::Header;
use std::{fs::File, io::BufReader, path::Path};

/// How people are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Comma-separated values (RFC 4180) with a header row, one person a line
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// The people in a file, in order. Empty lines are passed over.
#[derive(Debug)]
pub(super) struct Rows {
    lines: Lines<BufReader<File>>,
    header: Option<Header>,
}

impl Rows {
    /// Opens a file; CSV also needs a header that names columns which there are.
    pub(super) fn open(path: &Path, format: Format) -> Result<Self, Failure> {
        let trouble = |what: String| Failure::trouble(format!("{}: {what}", path.display()));
        let file = File::open(path).map_err(|error| trouble(error.to_string()))?;
        let mut lines = Lines::new(BufReader::new(file));
        let header = match format {
            Format::Jsonl => None,
            Format::Csv => {
                let first = lines.next().ok_or_else(|| trouble("the file is empty".to_owned()))?;
                let (_, line) = first.map_err(|bad| trouble(bad.to_string()))?;
                Some(Header::parse(&line).map_err(trouble)?)
            }
        };
        Ok(Self { lines, header })
    }

    /// How many bytes have been read.
    pub(super) fn read(&self) -> u64 {
        self.lines.read()
    }
}

impl Iterator for Rows {
    type Item = Result<ImportUsersRequest, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.lines.next()?.and_then(|(number, line)| match &self.header {
            Some(header) => header.row(number, &line),
            None => record::json(number, &line),
        }))
    }
}

/// The format that was asked for, or that the file's name says.
pub(super) fn format_of(path: &Path, asked: Option<Format>) -> Result<Format, Failure> {
    if let Some(format) = asked {
        return Ok(format);
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Ok(Format::Csv),
        Some("jsonl" | "ndjson") => Ok(Format::Jsonl),
        _ => Err(Failure::trouble(format!(
            "{}: the name ends in none of .csv, .jsonl and .ndjson: say --format csv or --format jsonl",
            path.display()
        ))),
    }
}
