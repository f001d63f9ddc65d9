//! Names and words: their length and their letters.

use super::Findings;
use crate::registry::app::App;
use uuid::Uuid;

const LONGEST_NAME: usize = 64;
const LONGEST_OWNER: usize = 128;
const LONGEST_PURPOSE: usize = 256;
const LONGEST_ENVIRONMENT: usize = 32;
const LONGEST_LOOK: usize = 32;
const LONGEST_DIGEST: usize = 64;
const LONGEST_ACR: usize = 128;
const LONGEST_GROUP: usize = 64;
const MOST_GROUPS: usize = 100;
/// From a minute to a year, in seconds.
const SESSION: std::ops::RangeInclusive<i64> = 60..=365 * 24 * 3600;

pub(super) fn check(app: &App, findings: &mut Findings) {
    let (client, ours) = (&app.client, &app.ours);
    findings.check("client_id", client_id(&client.client_id));
    match client.client_name.trim() {
        "" => findings.add("name", "is required: people see it when they are asked for consent"),
        _ => findings.check("name", plain(&client.client_name, LONGEST_NAME)),
    }
    findings.check("owner", plain(&client.owner, LONGEST_OWNER));
    findings.check("purpose", plain(&ours.purpose, LONGEST_PURPOSE));
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if ours.environment.len() > LONGEST_ENVIRONMENT || !ours.environment.chars().all(letters) {
        findings.add("environment", "is not at most 32 of a-z, 0-9 and -, such as production");
    }
    if !ours.source.is_empty() {
        findings.check("source", handle(&ours.source));
    }
    findings.check("source_digest", plain(&ours.source_digest, LONGEST_DIGEST));
    let policy = &ours.policy;
    findings.check("policy.least_acr", plain(&policy.least_acr, LONGEST_ACR));
    if policy.allowed_groups.len() > MOST_GROUPS {
        findings.add("policy.allowed_groups", format!("has more than {MOST_GROUPS} entries"));
    }
    for (index, name) in policy.allowed_groups.iter().enumerate() {
        let field = format!("policy.allowed_groups[{index}]");
        if policy.allowed_groups.iter().take(index).any(|earlier| earlier == name) {
            findings.add(field, format!("{name} is there twice"));
        } else {
            findings.check(field, group(name));
        }
    }
    if policy.longest_session.is_some_and(|seconds| !SESSION.contains(&seconds)) {
        findings.add("policy.longest_session", "is not between one minute and one year");
    }
    if policy.look.len() > LONGEST_LOOK || !policy.look.chars().all(letters) {
        let problem =
            "is not at most 32 of a-z, 0-9 and -, such as shop: a folder in looks/ of the theme";
        findings.add("policy.look", problem);
    }
}

/// A client id, which nobody takes for a person's subject (RFC 9700, section 4.15).
fn client_id(id: &str) -> Result<(), String> {
    handle(id)?;
    match Uuid::try_parse(id) {
        Ok(_) => Err("is a UUID, as people's subjects are: choose a name".to_owned()),
        Err(_) => Ok(()),
    }
}

/// The name of a group, as identity takes it: under another nobody can be in it.
fn group(name: &str) -> Result<(), String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if (1..=LONGEST_GROUP).contains(&name.len()) && name.chars().all(letters) {
        Ok(())
    } else {
        Err("is not 1 to 64 ASCII letters, digits and -_.:/, as the names of groups are".to_owned())
    }
}

/// A name for programs.
fn handle(name: &str) -> Result<(), String> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if (3..=64).contains(&name.len()) && begins && name.chars().all(letters) {
        Ok(())
    } else {
        Err("is not 3 to 64 of a-z, 0-9, -, _ and . that begin with a letter, such as my-shop"
            .to_owned())
    }
}

/// Text that people read: nothing hidden, and nothing that turns its direction around.
fn plain(text: &str, longest: usize) -> Result<(), String> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if text.chars().count() > longest {
        Err(format!("is longer than {longest} characters"))
    } else if text.chars().any(hidden) {
        Err("has characters that cannot be seen: take them out".to_owned())
    } else if text.trim() != text {
        Err("begins or ends with white space: take it away".to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_a_name_and_never_a_subject() {
        for good in ["myclient", "my-shop", "shop.example.com", "a_1"] {
            assert_eq!(client_id(good), Ok(()), "{good}");
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            "1",
            "ab",
            "9shop",
            "user:1",
            "Shop",
            "a b",
            "shop/../x",
            "a\u{e9}b",
            "ada@example.com",
            &long,
            "b1946ac9-2492-4d23-8b0c-1f0c1a2b3c4d",
            "b1946ac924924d238b0c1f0c1a2b3c4d",
        ] {
            assert!(client_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_that_people_read_hides_nothing() {
        assert_eq!(plain("Müller & Söhne", 64), Ok(()));
        for bad in ["a\nb", "\u{202e}knaB", "pay\u{200b}pal", " x", &"x".repeat(65)] {
            assert!(plain(bad, 64).is_err(), "{bad:?}");
        }
    }
}
