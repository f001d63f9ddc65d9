//! Every member takes the workspace's lints: cargo does not ask for it.

use anyhow::{Context, Result};
use toml::{Table, Value};

/// What is wrong with this member's `Cargo.toml`, if anything.
pub(super) fn fault(member: &str, manifest: &str) -> Result<Option<String>> {
    let manifest: Table =
        manifest.parse().with_context(|| format!("the manifest of {member} is not TOML"))?;
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    let inherits = lints.and_then(Value::as_bool) == Some(true);
    Ok((!inherits).then(|| format!("{member}: its manifest lacks `[lints] workspace = true`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_right() {
        assert_eq!(fault("a", "[lints]\nworkspace = true").unwrap(), None);
        assert_eq!(fault("a", "lints.workspace = true").unwrap(), None);
    }

    #[test]
    fn an_absent_a_false_and_an_own_table_are_wrong() {
        for manifest in ["", "[lints]\nworkspace = false", "[lints.rust]\nunsafe_code = 'allow'"] {
            let found = fault("a", manifest).unwrap();
            assert_eq!(found.unwrap(), "a: its manifest lacks `[lints] workspace = true`");
        }
    }
}
