//! Every probe that `docs/security-probes.md` names is a test that exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

const PAGE: &str = "docs/security-probes.md";
const FOLDERS: [&str; 5] = ["crates", "integration-tests", "proto", "services", "xtask"];

/// Probes under `root` that are no tests.
pub(super) fn faults(root: &Path) -> Result<Vec<String>> {
    let page =
        fs::read_to_string(root.join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let mut functions = BTreeSet::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut functions)?;
    }
    let absent = probes(&page).into_iter().filter(|probe| !functions.contains(*probe));
    Ok(absent.map(|probe| format!("{PAGE} names `{probe}`: no such test")).collect())
}

/// The inline code in the last column of the tables.
fn probes(page: &str) -> Vec<&str> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next())
        .flat_map(|column| column.split('`').skip(1).step_by(2))
        .collect()
}

fn collect(folder: &Path, functions: &mut BTreeSet<String>) -> Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            collect(&path, functions)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path)?;
            functions.extend(tests(&source).map(str::to_owned));
        }
    }
    Ok(())
}

/// Names of functions, as far as a line begins them.
fn tests(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let line = line.trim_start();
        let name = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))?;
        name.split(['(', '<']).next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_stand_in_the_last_column() {
        let page =
            "Text `no_probe`.\n| id | `what` | test |\n|---|---|---|\n| B1 | x | `one`, `two` |\n";
        assert_eq!(probes(page), ["one", "two"]);
    }

    #[test]
    fn functions_are_found_where_they_begin() {
        let source = "#[test]\nfn one() {}\n    async fn two(engine: Engine) {}\n// fn three\n";
        assert_eq!(tests(source).collect::<Vec<_>>(), ["one", "two"]);
    }
}
