//! What a person is known by, checked.

use crate::domain::{
    Violation,
    identifier::{self, Identifier},
    user::{
        contact::{self, Address},
        groups,
    },
};

const MAX_USERNAME_BYTES: usize = 64;
const MAX_DISPLAY_NAME_BYTES: usize = 128;

/// What is said of a person, not checked yet.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// Email address.
    pub email: String,
    /// User name. Empty: none.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// Phone number. Empty: none.
    pub phone_number: String,
    /// Postal address.
    pub address: Address,
    /// Names of groups.
    pub groups: Vec<String>,
}

/// What may be kept.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Email address, as the person writes it.
    pub email: String,
    /// User name, as the person writes it.
    pub username: Option<String>,
    /// The name to show.
    pub display_name: String,
    /// Phone number (E.164). Empty: none.
    pub phone_number: String,
    /// Postal address.
    pub address: Address,
    /// Names of groups, sorted, each once.
    pub groups: Vec<String>,
    /// What the person signs in with: the email address, and the user name if there is one.
    pub identifiers: Vec<Identifier>,
}

impl Details {
    /// What no password may be made of.
    pub(crate) fn known_by(&self) -> [&str; 4] {
        [&self.email, &self.username, &self.display_name, &self.phone_number].map(|it| it.trim())
    }
}

impl Profile {
    /// Checks somebody new. Unlike names that are there already, new ones look like no others.
    pub fn parse_new(details: &Details) -> Result<Self, Vec<Violation>> {
        Self::parse(details)?.renamed_from(&[])
    }

    /// Refuses names that look like other ones and were not among the person's before.
    pub(crate) fn renamed_from(self, before: &[Identifier]) -> Result<Self, Vec<Violation>> {
        let named = self.identifiers.iter().zip(["email", "username"]);
        let strange = named.filter(|(name, _)| !name.is_plain() && !before.contains(name));
        let violations: Vec<_> = strange
            .map(|(_, field)| Violation::new(field, "mixes scripts, or has invisible characters"))
            .collect();
        if violations.is_empty() { Ok(self) } else { Err(violations) }
    }

    /// Checks everything and tells everything that is wrong.
    pub fn parse(details: &Details) -> Result<Self, Vec<Violation>> {
        let email = details.email.trim();
        let username = Some(details.username.trim()).filter(|username| !username.is_empty());
        let display_name = details.display_name.trim();
        let checked = (
            parse_email(&details.email),
            username.map(parse_username).transpose(),
            parse_display_name(display_name),
            contact::parse_phone_number(&details.phone_number),
            details.address.parse(),
            groups::parse(&details.groups),
        );
        match checked {
            (
                Ok(email_key),
                Ok(username_key),
                Ok(()),
                Ok(phone_number),
                Ok(address),
                Ok(groups),
            ) => Ok(Self {
                email: email.to_owned(),
                username: username.map(str::to_owned),
                display_name: display_name.to_owned(),
                phone_number,
                address,
                groups,
                identifiers: [email_key].into_iter().chain(username_key).collect(),
            }),
            (email, username, display_name, phone_number, address, groups) => {
                let single = [email.err(), username.err(), display_name.err(), phone_number.err()];
                let several = [address.err(), groups.err()].into_iter().flatten().flatten();
                Err(single.into_iter().flatten().chain(several).collect())
            }
        }
    }
}

/// One `@` with something on both sides. Whether mail arrives there, only mail can tell.
fn parse_email(email: &str) -> Result<Identifier, Violation> {
    let key = Identifier::parse("email", email)?;
    let shaped = email.trim().split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if shaped && !has_gaps(email.trim()) && key.as_str().matches('@').count() == 1 {
        Ok(key)
    } else {
        Err(Violation::new("email", "is no email address"))
    }
}

/// Without `@`, so that a user name never reads like somebody's email address.
fn parse_username(username: &str) -> Result<Identifier, Violation> {
    Violation::unless_bytes("username", username, 0..=MAX_USERNAME_BYTES)?;
    let key = Identifier::parse("username", username)?;
    if key.as_str().contains('@') || has_gaps(username) {
        return Err(Violation::new("username", "has an @, white space or a control character"));
    }
    Ok(key)
}

fn parse_display_name(name: &str) -> Result<(), Violation> {
    Violation::unless_bytes("display_name", name, 1..=MAX_DISPLAY_NAME_BYTES)?;
    if name.contains(char::is_control) {
        return Err(Violation::new("display_name", "has a control character"));
    }
    Ok(())
}

fn has_gaps(text: &str) -> bool {
    text.contains(|c: char| c.is_whitespace() || c.is_control() || c == char::REPLACEMENT_CHARACTER)
}

const _: () = assert!(MAX_USERNAME_BYTES <= identifier::MAX_BYTES);

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn violations(email: &str, username: &str, display_name: &str) -> Vec<Cow<'static, str>> {
        let [email, username, display_name] = [email, username, display_name].map(str::to_owned);
        let details = Details { email, username, display_name, ..Details::default() };
        let wrong = Profile::parse(&details).err().unwrap_or_default();
        wrong.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn a_person_needs_an_email_address_and_a_name() {
        assert!(violations("ada@example.com", "", "Ada").is_empty());
        assert!(violations("ada@example.com", "ada", "\u{5d0}\u{5d3}\u{5d4}").is_empty());
        assert_eq!(violations("", "", ""), ["email", "display_name"]);
        assert_eq!(violations("a", "a b", "a\nb"), ["email", "username", "display_name"]);
    }

    #[test]
    fn email_addresses_and_user_names_never_meet() {
        for email in ["ada", "@example.com", "ada@", "a@b@c", "a b@c", "a\0@c", "a@b\u{ff20}c"] {
            assert_eq!(violations(email, "", "Ada"), ["email"], "{email:?}");
        }
        for username in ["ada@example.com", "a\u{ff20}b", "a\tb", &"a".repeat(65)] {
            assert_eq!(violations("a@b", username, "Ada"), ["username"], "{username:?}");
        }
    }
}
