//! Which workspace member may depend on which: the walls of the house.

use cargo_metadata::{DependencyKind, Metadata};

/// A member, and those it may depend on. Tests' and build scripts' dependencies are free.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("latchkey-proto", &[]),
    ("latchkey-database", &[]),
    ("latchkey-telemetry", &[]),
    ("latchkey-token-guard", &[]),
    ("latchkey-chassis", &["latchkey-telemetry"]),
    ("latchkey-hydra-admin", &["latchkey-telemetry"]),
    ("latchkey-callers", &["latchkey-chassis", "latchkey-token-guard"]),
    (
        "latchkey-identity",
        &[
            "latchkey-proto",
            "latchkey-chassis",
            "latchkey-callers",
            "latchkey-telemetry",
            "latchkey-database",
            "latchkey-token-guard",
        ],
    ),
    (
        "latchkey-consent",
        &["latchkey-proto", "latchkey-chassis", "latchkey-telemetry", "latchkey-hydra-admin"],
    ),
    (
        "latchkey-client",
        &[
            "latchkey-proto",
            "latchkey-chassis",
            "latchkey-callers",
            "latchkey-telemetry",
            "latchkey-database",
            "latchkey-hydra-admin",
            "latchkey-token-guard",
        ],
    ),
    (
        "latchkey",
        &[
            "latchkey-identity",
            "latchkey-consent",
            "latchkey-client",
            "latchkey-proto",
            "latchkey-chassis",
            "latchkey-telemetry",
            "latchkey-hydra-admin",
        ],
    ),
    ("latchkey-integration-tests", &[ANY]),
    ("xtask", &[]),
];

/// Stands for every member.
const ANY: &str = "*";

/// A workspace member and the names of its normal dependencies.
pub(super) struct Member {
    name: String,
    needs: Vec<String>,
}

/// The members as cargo sees them.
pub(super) fn members(metadata: &Metadata) -> Vec<Member> {
    let normal = |package: &cargo_metadata::Package| {
        let needs = package.dependencies.iter().filter(|it| it.kind == DependencyKind::Normal);
        needs.map(|it| it.name.clone()).collect()
    };
    let packages = metadata.workspace_packages().into_iter();
    packages.map(|it| Member { name: it.name.to_string(), needs: normal(it) }).collect()
}

/// Arrows that are not in the table, and members that it does not know.
pub(super) fn faults(members: &[Member]) -> Vec<String> {
    let ours = |name: &str| members.iter().any(|member| member.name == name);
    let mut faults = Vec::new();
    for Member { name, needs } in members {
        let Some((_, allowed)) = ALLOWED.iter().find(|(member, _)| member == name) else {
            faults.push(format!("{name} is not in the table of xtask/src/house/arrows.rs"));
            continue;
        };
        let wrong = needs.iter().filter(|need| ours(need) && !allows(allowed, need));
        faults.extend(wrong.map(|need| format!("{name} may not depend on {need}")));
    }
    faults
}

fn allows(allowed: &[&str], need: &str) -> bool {
    allowed.iter().any(|it| *it == ANY || *it == need)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, needs: &[&str]) -> Member {
        Member { name: name.into(), needs: needs.iter().copied().map(String::from).collect() }
    }

    #[test]
    fn arrows_of_the_table_pass_and_foreign_crates_are_no_arrows() {
        let consent = member("latchkey-consent", &["latchkey-proto", "axum"]);
        assert!(faults(&[consent, member("latchkey-proto", &["prost"])]).is_empty());
    }

    #[test]
    fn a_service_may_not_depend_on_another() {
        let consent = member("latchkey-consent", &["latchkey-identity"]);
        let found = faults(&[consent, member("latchkey-identity", &[])]);
        assert_eq!(found, ["latchkey-consent may not depend on latchkey-identity"]);
    }

    #[test]
    fn tests_may_depend_on_anything() {
        let tests = member("latchkey-integration-tests", &["latchkey-identity"]);
        assert!(faults(&[tests, member("latchkey-identity", &[])]).is_empty());
    }

    #[test]
    fn a_member_without_a_place_is_told_where_the_table_is() {
        let found = faults(&[member("latchkey-attic", &[])]);
        assert_eq!(found, ["latchkey-attic is not in the table of xtask/src/house/arrows.rs"]);
    }

    #[test]
    fn the_table_names_only_members_of_the_table() {
        let members = ALLOWED.map(|(member, _)| member);
        let needs = ALLOWED.iter().flat_map(|(_, allowed)| *allowed);
        assert!(needs.filter(|it| **it != ANY).all(|it| members.contains(it)));
    }
}
