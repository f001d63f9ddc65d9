//! `docs/grpc.md` lists every reason that an `ErrorInfo` of ours can have, and no other.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

const PAGE: &str = "docs/grpc.md";

/// Code that makes `google.rpc` details names this type, or chassis' module for them.
const MAKES_DETAILS: [&str; 2] = ["ErrorDetails", "details::"];

/// What the code has and the page has not, and the other way round.
pub(super) fn faults(root: &Path) -> Result<Vec<String>> {
    let page =
        fs::read_to_string(root.join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let mut made = BTreeSet::new();
    for folder in ["services", "crates"] {
        for file in sources(&root.join(folder))? {
            let text = fs::read_to_string(&file)?;
            if MAKES_DETAILS.iter().any(|name| text.contains(name)) {
                made.extend(quoted(&text, '"'));
            }
        }
    }
    Ok(differences(&made, &listed(&page)))
}

fn differences(made: &BTreeSet<String>, listed: &BTreeSet<String>) -> Vec<String> {
    let absent = made.difference(listed).map(|it| format!("{PAGE} lacks the reason `{it}`"));
    let gone = listed.difference(made).map(|it| format!("{PAGE} has `{it}`: nothing says it"));
    absent.chain(gone).collect()
}

/// The `src` folders of all packages, without tests.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("tests") {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The first cells of the table of reasons.
fn listed(page: &str) -> BTreeSet<String> {
    let rows = page.lines().skip_while(|line| !line.starts_with("| reason |")).skip(2);
    let cells = rows.map_while(|row| row.strip_prefix('|')?.split('|').next());
    cells.flat_map(|cell| quoted(cell, '`')).collect()
}

/// Texts between quotes that are written as reasons are.
fn quoted(text: &str, quote: char) -> Vec<String> {
    let reason = |it: &&str| it.len() > 3 && it.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    text.split(quote).filter(reason).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_are_compared() {
        let code = "refused(Code::NotFound, \"USER_NOT_FOUND\", \"nobody\"); x(\"THROTTLED\")";
        let made: BTreeSet<_> = quoted(code, '"').into_iter().collect();
        let page =
            "| reason | code |\n|---|---|\n| `THROTTLED`, `TOKEN_GONE` | `OTHER` |\n\n`NONE`";
        let listed = listed(page);
        let expected = [
            "docs/grpc.md lacks the reason `USER_NOT_FOUND`",
            "docs/grpc.md has `TOKEN_GONE`: nothing says it",
        ];
        assert_eq!(differences(&made, &listed), expected);
    }
}
