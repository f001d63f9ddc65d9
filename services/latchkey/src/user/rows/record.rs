//! From a line to a row.

use latchkey_proto::identity::v1::{Address, ImportUsersRequest, UserState};
use serde::Deserialize;
use std::fmt;

const COLUMNS: [&str; 15] = [
    "subject",
    "email",
    "username",
    "display_name",
    "phone_number",
    "formatted_address",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
    "groups",
    "password",
    "password_hash",
    "state",
];

/// A line that is no row. What stands in it is never shown: it may be a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) line: i64,
    pub(crate) why: String,
}

/// The columns of a CSV file, in its order.
#[derive(Debug)]
pub(super) struct Header(Vec<String>);

/// A person in a file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Record {
    subject: String,
    email: String,
    username: String,
    display_name: String,
    phone_number: String,
    formatted_address: String,
    street_address: String,
    locality: String,
    region: String,
    postal_code: String,
    country: String,
    groups: Vec<String>,
    password: String,
    password_hash: String,
    state: String,
}

impl Header {
    /// Refuses columns that nobody knows: one with a typing error would be left out silently.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let columns = fields(line).ok_or("line 1 is no header row of CSV")?;
        let columns: Vec<_> = columns.iter().map(|column| column.trim().to_owned()).collect();
        let known = COLUMNS.join(", ");
        for (place, column) in columns.iter().enumerate() {
            if !COLUMNS.contains(&column.as_str()) {
                // Not by what it says: where there is no header row that may be a password.
                let number = place + 1;
                return Err(format!("column {number} of line 1 is none of {known}"));
            }
            if columns.iter().take(place).any(|earlier| earlier == column) {
                return Err(format!("line 1 names the column {column} twice"));
            }
        }
        for needed in ["email", "display_name"] {
            if !columns.iter().any(|column| column == needed) {
                return Err(format!("line 1 has no column {needed}"));
            }
        }
        Ok(Self(columns))
    }

    pub(super) fn row(&self, line: i64, text: &str) -> Result<ImportUsersRequest, Unreadable> {
        let bad = |why: String| Unreadable { line, why };
        if leaves_quote_open(text) {
            return Err(bad("has a quote that is not closed".to_owned()));
        }
        let fields = fields(text).ok_or_else(|| bad("is no row of CSV".to_owned()))?;
        if fields.len() != self.0.len() {
            let (has, needs) = (fields.len(), self.0.len());
            return Err(bad(format!("has {has} fields where the header has {needs}")));
        }
        let mut record = Record::default();
        for (column, field) in self.0.iter().zip(&fields) {
            record.set(column, field);
        }
        record.into_row(line)
    }
}

/// A line of JSON.
pub(super) fn json(line: i64, text: &str) -> Result<ImportUsersRequest, Unreadable> {
    // An array would be read as an object's values.
    if !text.trim_start().starts_with('{') {
        return Err(Unreadable { line, why: "is no JSON object".to_owned() });
    }
    let record: Record = serde_json::from_str(text).map_err(|error| {
        // The error's text can quote a value.
        let what = match error.classify() {
            serde_json::error::Category::Data => {
                "is no object with the known names, each of its kind"
            }
            _ => "is no JSON",
        };
        Unreadable { line, why: format!("{what} (column {})", error.column()) }
    })?;
    record.into_row(line)
}

impl Record {
    fn set(&mut self, column: &str, field: &str) {
        let place = match column {
            "subject" => &mut self.subject,
            "email" => &mut self.email,
            "username" => &mut self.username,
            "display_name" => &mut self.display_name,
            "phone_number" => &mut self.phone_number,
            "formatted_address" => &mut self.formatted_address,
            "street_address" => &mut self.street_address,
            "locality" => &mut self.locality,
            "region" => &mut self.region,
            "postal_code" => &mut self.postal_code,
            "country" => &mut self.country,
            "groups" => {
                self.groups = field.split_whitespace().map(str::to_owned).collect();
                return;
            }
            "password" => &mut self.password,
            "password_hash" => &mut self.password_hash,
            _ => &mut self.state,
        };
        field.clone_into(place);
    }

    fn into_row(self, line: i64) -> Result<ImportUsersRequest, Unreadable> {
        let state = match self.state.trim() {
            "" | "active" => UserState::Active,
            "disabled" => UserState::Disabled,
            _ => {
                let why = "has a state that is neither active nor disabled".to_owned();
                return Err(Unreadable { line, why });
            }
        };
        Ok(ImportUsersRequest {
            row: line,
            subject: self.subject,
            email: self.email,
            username: self.username,
            display_name: self.display_name,
            password: self.password,
            password_hash: self.password_hash,
            state: state.into(),
            phone_number: self.phone_number,
            address: Some(Address {
                formatted: self.formatted_address,
                street_address: self.street_address,
                locality: self.locality,
                region: self.region,
                postal_code: self.postal_code,
                country: self.country,
            }),
            groups: self.groups,
        })
    }
}

/// Whether a field that begins here goes on in the next line.
pub(super) fn leaves_quote_open(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1
}

/// The fields of one row of CSV.
fn fields(line: &str) -> Option<csv::StringRecord> {
    // The reader would drop a byte order mark, which only the file's first line may have.
    if line.starts_with('\u{feff}') {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .buffer_capacity(line.len().max(1))
        .from_reader(line.as_bytes());
    reader.records().next()?.ok()
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} {}", self.line, self.why)
    }
}

#[cfg(test)]
mod tests;
