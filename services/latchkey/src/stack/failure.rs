//! A component that fails, told so that its owner knows where to look.

use super::Component;
use std::{
    fmt,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

/// How many of a log's last lines are shown, and from how many of its last bytes.
const LINES: usize = 12;
const BYTES: i64 = 16 * 1024;

/// A component that does not start, does not get ready, or ends by itself.
#[derive(Debug)]
pub struct Failure {
    /// Which one.
    pub component: Component,
    /// What it did.
    pub what: String,
    /// Its whole log.
    pub log: PathBuf,
    /// The last lines of the log.
    pub last_lines: Vec<String>,
}

impl Failure {
    pub(super) fn new(component: Component, what: String, log: PathBuf) -> Self {
        let last_lines = last_lines(&log).unwrap_or_default();
        Self { component, what, log, last_lines }
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.component, self.what)?;
        for line in &self.last_lines {
            writeln!(f, "  | {line}")?;
        }
        write!(f, "The whole log: {}", self.log.display())
    }
}

fn last_lines(log: &Path) -> std::io::Result<Vec<String>> {
    let mut file = File::open(log)?;
    let length = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
    file.seek(SeekFrom::End(-length.min(BYTES)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    let lines: Vec<_> = end.lines().map(str::to_owned).collect();
    Ok(lines.into_iter().rev().take(LINES).rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown_and_the_log_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("hydra.log");
        let lines: Vec<_> = (0..10_000).map(|number| format!("line {number}")).collect();
        std::fs::write(&log, lines.join("\n")).unwrap();
        let failure = Failure::new(Component::Hydra, "ended".to_owned(), log.clone());
        assert_eq!(failure.last_lines, lines[lines.len() - LINES..]);
        let text = failure.to_string();
        assert!(text.starts_with("hydra ended\n"), "{text}");
        assert!(text.ends_with(&log.display().to_string()), "{text}");
    }
}
