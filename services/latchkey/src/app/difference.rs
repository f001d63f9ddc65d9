//! What changes between two descriptions, for people and for programs.

use super::description::Description;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

/// Each field that differs, by its name in the contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Difference(BTreeMap<String, Side>);

/// A field on both sides; null where it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Side {
    from: Value,
    to: Value,
}

impl Difference {
    /// From one to the other.
    pub(super) fn between(from: &Description, to: &Description) -> serde_json::Result<Self> {
        let (from, to) = (fields(from)?, fields(to)?);
        let names = from.keys().chain(to.keys());
        let side =
            |all: &Map<String, Value>, name: &str| all.get(name).cloned().unwrap_or_default();
        let sides = names
            .map(|name| (name.clone(), Side { from: side(&from, name), to: side(&to, name) }))
            .filter(|(_, side)| !is_same(&side.from, &side.to));
        Ok(Self(sides.collect()))
    }

    /// The fields, as an update names them: a policy is changed as a whole.
    pub(super) fn fields(&self) -> Vec<String> {
        let names = self.0.keys().filter_map(|name| name.split('.').next());
        let names: BTreeSet<_> = names.map(str::to_owned).collect();
        names.into_iter().collect()
    }

    /// A line for each value that goes or comes.
    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        for (name, Side { from, to }) in &self.0 {
            match (from, to) {
                (Value::Array(_), _) | (_, Value::Array(_)) => {
                    writeln!(out, "  {name}:")?;
                    let (from, to) = (entries(from), entries(to));
                    for gone in from.iter().filter(|entry| !to.contains(entry)) {
                        writeln!(out, "    - {}", text(gone))?;
                    }
                    for new in to.iter().filter(|entry| !from.contains(entry)) {
                        writeln!(out, "    + {}", text(new))?;
                    }
                }
                _ => writeln!(out, "  {name}: {} -> {}", text(from), text(to))?,
            }
        }
        Ok(())
    }
}

/// The policy's fields stand beside the others.
fn fields(described: &Description) -> serde_json::Result<Map<String, Value>> {
    let mut all = match serde_json::to_value(described)? {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    if let Some(Value::Object(policy)) = all.remove("policy") {
        all.extend(policy.into_iter().map(|(name, value)| (format!("policy.{name}"), value)));
    }
    Ok(all)
}

/// The order of a list means nothing.
fn is_same(one: &Value, other: &Value) -> bool {
    let within = |all: &[Value], others: &[Value]| all.iter().all(|entry| others.contains(entry));
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => within(one, other) && within(other, one),
        _ => one == other,
    }
}

fn entries(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "(nothing)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_that_goes_or_comes_is_a_line() {
        let from = Description {
            name: "Shop".to_owned(),
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            ..Description::default()
        };
        let mut to = Description { owner: "sales".to_owned(), ..from.clone() };
        to.scopes = vec!["openid".to_owned(), "profile".to_owned()];
        to.policy.longest_session = "8h".to_owned();
        let difference = Difference::between(&from, &to).unwrap();
        let mut out = Vec::new();
        difference.print(&mut out).unwrap();
        let lines = "  owner: (nothing) -> sales\n  policy.longest_session: (nothing) -> 8h\n  \
                     scopes:\n    - email\n    + profile\n";
        assert_eq!(String::from_utf8(out).unwrap(), lines);
        assert_eq!(difference.fields(), ["owner", "policy", "scopes"]);
        assert_eq!(Difference::between(&to, &to).unwrap().fields(), [""; 0]);
    }
}
