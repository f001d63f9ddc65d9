//! How a command ends that did not do all of it: in words, and with an exit code.

use std::{io, process::ExitCode};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Why not everything was done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The service refused it. Exit code 1.
    Refused(String),
    /// Not all of it was done, which has been told. Exit code 1.
    LeftOut,
    /// It could not be tried. Exit code 2.
    Trouble(String),
    /// Something is to be done, which has been told. Exit code 3.
    Due,
    /// Nobody reads the output any more, and there is nobody to tell. Exit code 0.
    Unread,
}

impl Failure {
    pub(crate) fn trouble(text: impl Into<String>) -> Self {
        Self::Trouble(text.into())
    }

    /// What to say, if there is something.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Refused(text) | Self::Trouble(text) => Some(text),
            Self::LeftOut | Self::Due | Self::Unread => None,
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::LeftOut => ExitCode::from(1),
            Self::Trouble(_) => ExitCode::from(2),
            Self::Due => ExitCode::from(3),
            Self::Unread => ExitCode::SUCCESS,
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::Unauthenticated
            | Code::PermissionDenied => Self::Refused(in_words(&status)),
            code => Self::Trouble(format!("{} ({code:?})", status.message())),
        }
    }
}

/// Standard output is gone, or full.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Trouble(error.to_string()),
        }
    }
}

/// Each field on a line of its own.
fn in_words(status: &Status) -> String {
    let lines = violations(status).into_iter().map(|(field, what)| format!("\n  {field} {what}"));
    std::iter::once(status.message().to_owned()).chain(lines).collect()
}

/// The fields that break a rule, each with the rule.
pub(crate) fn violations(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|it| it.field_violations.as_slice());
    let violations = violations.unwrap_or_default().iter();
    violations.map(|it| (it.field.clone(), it.description.clone())).collect()
}
