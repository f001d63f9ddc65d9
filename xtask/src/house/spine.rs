//! Crates whose types cross crate borders, or that link C: two versions would not fit together.

use anyhow::{Context, Result};
use toml::{Table, Value};

const SPINE: [&str; 12] = [
    "axum",
    "h2",
    "http",
    "hyper",
    "libsqlite3-sys",
    "opentelemetry",
    "prost",
    "reqwest",
    "rustls",
    "sqlx-core",
    "tonic",
    "tower",
];

/// Crates of the spine that `Cargo.lock` does not hold exactly once.
pub(super) fn faults(lock: &str) -> Result<Vec<String>> {
    let lock: Table = lock.parse().context("Cargo.lock is not TOML")?;
    let packages = lock.get("package").and_then(Value::as_array).context("no packages there")?;
    Ok(SPINE.iter().filter_map(|name| fault(name, &versions(packages, name))).collect())
}

fn versions<'a>(packages: &'a [Value], name: &str) -> Vec<&'a str> {
    let same = packages.iter().filter(|it| it.get("name").and_then(Value::as_str) == Some(name));
    same.filter_map(|it| it.get("version")?.as_str()).collect()
}

fn fault(name: &str, versions: &[&str]) -> Option<String> {
    match versions {
        [_] => None,
        // Else a crate that is renamed or dropped would go unwatched.
        [] => Some(format!("{name} is not in Cargo.lock: take it out of xtask/src/house/spine.rs")),
        _ => Some(format!(
            "{name} is in Cargo.lock as {}: see `cargo tree --invert {name}`",
            versions.join(" and ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> String {
        let table =
            |(name, version)| format!("[[package]]\nname = '{name}'\nversion = '{version}'");
        packages.iter().copied().map(table).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn one_version_each_passes_and_others_may_be_twice() {
        let mut packages = SPINE.map(|name| (name, "1.0.0")).to_vec();
        packages.extend([("rand", "0.8.5"), ("rand", "0.9.2")]);
        assert!(faults(&lock(&packages)).unwrap().is_empty());
    }

    #[test]
    fn a_second_version_is_named() {
        let mut packages = SPINE.map(|name| (name, "1.0.0")).to_vec();
        packages.push(("reqwest", "0.12.9"));
        let found = faults(&lock(&packages)).unwrap();
        let expected = "reqwest is in Cargo.lock as 1.0.0 and 0.12.9: \
                        see `cargo tree --invert reqwest`";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_crate_that_left_the_graph_is_named() {
        let packages = SPINE.map(|name| (name, "1.0.0"));
        let found = faults(&lock(&packages[1..])).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("axum is not in Cargo.lock"), "{found:?}");
    }
}
