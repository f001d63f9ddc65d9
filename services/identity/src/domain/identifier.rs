//! What a person types to say who they are: an email address or a user name.

use crate::domain::Violation;
use caseless::Caseless as _;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::{RestrictionLevel::HighlyRestrictive, RestrictionLevelDetection as _};

/// The longest identifier, in bytes: an email address of 64 + 1 + 255 (RFC 5321, section 4.5.3.1).
pub const MAX_BYTES: usize = 320;

/// The key that an identifier is looked up by. Two spellings of one name have one key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// Normalises what was typed: compatibility caseless matching (Unicode, section 3.13, D146)
    /// without the white space around it. `field` is the contract's name of it.
    ///
    /// Control characters, which no database need take, become one that nobody's name holds.
    pub fn parse(field: &'static str, typed: &str) -> Result<Self, Violation> {
        Violation::unless_bytes(field, typed, 1..=MAX_BYTES)?;
        let folded: String = typed
            .nfd()
            .default_case_fold()
            .nfkd()
            .default_case_fold()
            .nfkc()
            .collect::<String>()
            .trim()
            .nfkc()
            .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
            .collect();
        if folded.is_empty() { Err(Violation::new(field, "is blank")) } else { Ok(Self(folded)) }
    }

    /// Whether it looks like no other name: nothing in it is invisible, or turns the text around, and
    /// no letters of another script stand among its own (UTS 39, section 5.2: highly restrictive). A
    /// domain is looked at label by label.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let plain = |text: &str| {
            let letters: String = text.chars().filter(|c| !c.is_ascii_punctuation()).collect();
            letters.check_restriction_level(HighlyRestrictive)
        };
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        plain(local) && domain.split('.').all(plain)
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Identifier {
    /// People type passwords into the wrong field.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(typed: &str) -> String {
        Identifier::parse("identifier", typed).unwrap().0
    }

    #[test]
    fn spellings_of_one_name_have_one_key() {
        let spellings = [
            ["user@example.com", " User@EXAMPLE.com\u{3000}"],
            ["jos\u{e9}", "JOSE\u{301}"],
            ["admin", "\u{ff21}\u{ff24}\u{ff2d}\u{ff29}\u{ff2e}"],
            ["stra\u{df}e", "STRASSE"],
            ["\u{3bf}\u{3b4}\u{3cc}\u{3c2}", "\u{39f}\u{394}\u{38c}\u{3a3}"],
        ];
        for [one, other] in spellings {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(
            key("admin"),
            key("\u{430}dmin"),
            "a Cyrillic letter is another letter: see `is_plain`"
        );
    }

    #[test]
    fn what_looks_like_another_name_is_not_plain() {
        let plain = |typed: &str| Identifier::parse("identifier", typed).unwrap().is_plain();
        for typed in [
            "\u{430}dmin",
            "admin\u{200b}",
            "ad\u{ad}min",
            "\u{202e}nimda",
            "ad\u{2066}min",
            "admin\u{3164}",
            "p\u{430}ul@example.com",
            "paul@ex\u{430}mple.com",
            "\u{3b1}dmin",
        ] {
            assert!(!plain(typed), "{}", typed.escape_unicode());
        }
        for typed in [
            "ADMIN",
            "\u{ff21}dmin",
            "o'brien_1815-a.b",
            "jos\u{e9}+news@example.com",
            "\u{430}\u{434}\u{43c}\u{438}\u{43d}",
            "\u{430}\u{434}\u{430}@\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.com",
            "\u{5d0}\u{5d3}\u{5d4}1",
            "taro\u{592a}\u{90ce}",
        ] {
            assert!(plain(typed), "{typed}");
        }
    }

    #[test]
    fn length_is_checked_first_and_blank_is_nobody() {
        for typed in ["", "   ", "\u{a0}", &"a".repeat(MAX_BYTES + 1)] {
            assert!(Identifier::parse("identifier", typed).is_err());
        }
        assert!(Identifier::parse("identifier", &"a".repeat(MAX_BYTES)).is_ok());
        assert!(!key("a\0b").contains('\0'));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(typed in "\\PC{1,40}|[a-zA-Z\u{300}-\u{36f}\u{370}-\u{3ff}\u{1f00}-\u{1fff}\u{fb00}-\u{ffef} ]{1,40}") {
            if let Ok(once) = Identifier::parse("identifier", &typed)
                && once.as_str().len() <= MAX_BYTES
            {
                prop_assert_eq!(key(once.as_str()), once.0);
            }
        }

        #[test]
        fn case_and_form_do_not_matter(typed in "[a-z\u{e0}-\u{fe}@._-]{1,40}") {
            prop_assert_eq!(key(&typed), key(&typed.to_uppercase().nfd().collect::<String>()));
        }
    }
}
