//! The rows of a CSV or JSON lines file, one at a time: what a line spoils is that line alone, and no
//! more than a few are in memory.

mod lines;
mod record;

pub(super) use record::Unreadable;

use crate::operator::Failure;
use latchkey_proto::identity::v1::ImportUsersRequest;
use lines::Lines;
use record::Header;
use std::{collections::VecDeque, fs::File, io::BufReader, path::Path};

/// A row of CSV ends after so many lines at the latest.
const MAX_LINES: usize = 16;

/// How people are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Comma-separated values (RFC 4180) with a header row
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// The people in a file, in order. Empty lines are passed over.
#[derive(Debug)]
pub(super) struct Rows {
    lines: Lines<BufReader<File>>,
    /// Lines that were read too far.
    again: VecDeque<Line>,
    header: Option<Header>,
}

/// A line with its number, or what is wrong with it.
type Line = Result<(i64, String), Unreadable>;

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
        Ok(Self { lines, again: VecDeque::new(), header })
    }

    /// How many bytes have been read.
    pub(super) fn read(&self) -> u64 {
        self.lines.read()
    }

    fn line(&mut self) -> Option<Line> {
        self.again.pop_front().or_else(|| self.lines.next())
    }

    /// The lines that follow until all quotes of `text` are closed, if they are soon.
    fn rest_of(&mut self, text: &str) -> Vec<Line> {
        let (mut open, mut rest) = (record::leaves_quote_open(text), Vec::new());
        while open && rest.len() < MAX_LINES {
            let Some(line) = self.line() else { break };
            open = line.as_ref().is_ok_and(|(_, text)| !record::leaves_quote_open(text));
            rest.push(line);
        }
        rest
    }
}

impl Iterator for Rows {
    type Item = Result<ImportUsersRequest, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        let (number, mut text) = match self.line()? {
            Ok(line) => line,
            Err(unreadable) => return Some(Err(unreadable)),
        };
        let rest = if self.header.is_some() { self.rest_of(&text) } else { Vec::new() };
        for (_, more) in rest.iter().flatten() {
            text.push('\n');
            text.push_str(more);
        }
        let row = match &self.header {
            Some(header) => header.row(number, &text),
            None => record::json(number, &text),
        };
        if row.is_err() {
            rest.into_iter().rev().for_each(|line| self.again.push_front(line));
        }
        Some(row)
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
