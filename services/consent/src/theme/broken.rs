//! A theme that cannot be used: which file, which line, and why.

use std::{fmt, path::PathBuf};

/// Stops the start, so that nobody meets a broken page.
#[derive(Debug)]
pub(crate) struct Broken {
    file: PathBuf,
    /// Counted from one.
    line: Option<usize>,
    problem: String,
}

impl Broken {
    pub(crate) fn new(file: impl Into<PathBuf>, problem: String) -> Self {
        Self { file: file.into(), line: None, problem }
    }

    pub(crate) fn at(file: impl Into<PathBuf>, line: Option<usize>, problem: String) -> Self {
        Self { line, ..Self::new(file, problem) }
    }

    /// What works in the main look, and not in this one.
    pub(crate) fn in_look(self, look: Option<&str>) -> Self {
        let problem = look.map(|look| format!("in the look {look}: {}", self.problem));
        Self { problem: problem.unwrap_or(self.problem), ..self }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for Broken {}

/// The line, counted from one, of a place in a text.
pub(crate) fn line(text: &str, place: usize) -> usize {
    let before = text.as_bytes().iter().take(place);
    1 + before.filter(|byte| **byte == b'\n').count()
}
