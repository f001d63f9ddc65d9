//! The groups that a person is in, by name. Nothing else is known of a group.

use crate::domain::Violation;
use std::collections::BTreeSet;

const MOST: usize = 100;
const LONGEST: usize = 64;
/// What a name may have beside ASCII letters and digits: nothing that a list of names is parted by.
const MARKS: &[u8] = b"-_.:/";

/// The names, sorted, each once.
pub(super) fn parse(typed: &[String]) -> Result<Vec<String>, Vec<Violation>> {
    if typed.len() > MOST {
        return Err(vec![Violation::new("groups", format!("has more than {MOST} entries"))]);
    }
    let wrong = typed.iter().enumerate().filter(|(_, name)| !is_name(name));
    let violations: Vec<_> = wrong
        .map(|(index, _)| {
            let problem = "is not 1 to 64 ASCII letters, digits and -_.:/";
            Violation::new(format!("groups[{index}]"), problem)
        })
        .collect();
    if violations.is_empty() {
        Ok(typed.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect())
    } else {
        Err(violations)
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || MARKS.contains(&byte);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(names: &[&str]) -> Result<Vec<String>, Vec<String>> {
        let typed: Vec<_> = names.iter().map(ToString::to_string).collect();
        parse(&typed).map_err(|wrong| wrong.into_iter().map(|it| it.field.into_owned()).collect())
    }

    #[test]
    fn names_are_kept_in_order_and_once() {
        let kept = parsed(&["staff", "Staff", "eu/sales:north", "staff", "a-b_c.d"]).unwrap();
        assert_eq!(kept, ["Staff", "a-b_c.d", "eu/sales:north", "staff"]);
        assert_eq!(parsed(&[]).unwrap(), [""; 0]);
        assert!(parsed(&["a"; 100]).is_ok() && parsed(&[&"a".repeat(64)]).is_ok());
    }

    #[test]
    fn what_is_no_name_is_told_by_its_place() {
        let long = "a".repeat(65);
        for wrong in ["", " ", "a b", "a,b", "a;b", "a\n", "st\u{e4}ff", "a\0", &long] {
            assert_eq!(parsed(&["staff", wrong]).unwrap_err(), ["groups[1]"], "{wrong:?}");
        }
        assert_eq!(parsed(&["a"; 101]).unwrap_err(), ["groups"]);
    }
}
