//! How a person is reached beside email: a phone number and a postal address.

use crate::domain::Violation;

/// ITU-T E.164, section 6: at most 15 digits. Fewer than seven are nobody's with a country code.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// What people write between digits.
const BETWEEN: [char; 7] = [' ', '\u{a0}', '.', '-', '/', '(', ')'];
const MAX_TYPED_BYTES: usize = 64;

/// A postal address in the parts of OpenID Connect Core, section 5.1.1. What is empty is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// All of it, as on a mailing label. May have several lines.
    pub formatted: String,
    /// Street, house number and the like. May have several lines.
    pub street_address: String,
    /// City.
    pub locality: String,
    /// State, province or prefecture.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Country.
    pub country: String,
}

impl Address {
    /// The parts, each as long as it may be and of one line where it has to be.
    pub(super) fn parse(&self) -> Result<Self, Vec<Violation>> {
        let mut violations = Vec::new();
        let mut part = |field, typed: &str, most, lines| {
            part(field, typed, most, lines).unwrap_or_else(|violation| {
                violations.push(violation);
                String::new()
            })
        };
        let checked = Self {
            formatted: part("address.formatted", &self.formatted, 512, true),
            street_address: part("address.street_address", &self.street_address, 256, true),
            locality: part("address.locality", &self.locality, 128, false),
            region: part("address.region", &self.region, 128, false),
            postal_code: part("address.postal_code", &self.postal_code, 32, false),
            country: part("address.country", &self.country, 64, false),
        };
        if violations.is_empty() { Ok(checked) } else { Err(violations) }
    }

    /// All parts, in the order of the fields.
    pub(crate) fn parts(&self) -> [&str; 6] {
        let Self { formatted, street_address, locality, region, postal_code, country } = self;
        [formatted, street_address, locality, region, postal_code, country]
    }
}

fn part(field: &'static str, typed: &str, most: usize, lines: bool) -> Result<String, Violation> {
    Violation::unless_bytes(field, typed, 0..=most)?;
    let written: Vec<_> = typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if written.len() > 1 && !lines {
        return Err(Violation::new(field, "has more than one line"));
    }
    if written.iter().any(|line| line.contains(char::is_control)) {
        return Err(Violation::new(field, "has a control character"));
    }
    Ok(written.join("\n"))
}

/// The number without what people write between its digits. Empty: none.
pub(super) fn parse_phone_number(typed: &str) -> Result<String, Violation> {
    const FIELD: &str = "phone_number";
    Violation::unless_bytes(FIELD, typed, 0..=MAX_TYPED_BYTES)?;
    let number = typed.trim().replace(BETWEEN, "");
    if number.is_empty() {
        return Ok(number);
    }
    let digits = number.strip_prefix('+').unwrap_or_default();
    // A zero in parentheses is dialled at home alone: whether it belongs there, nobody can tell.
    let international = !digits.starts_with('0') && !typed.contains("(0)");
    let numeric = digits.bytes().all(|byte| byte.is_ascii_digit());
    if international && numeric && DIGITS.contains(&digits.len()) {
        Ok(number)
    } else {
        let problem = "is no phone number with + and a country code, such as +6221555012";
        Err(Violation::new(FIELD, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_kept_as_e164_has_them() {
        for (typed, kept) in [
            ("", ""),
            ("  ", ""),
            ("-", ""),
            ("+6221555012", "+6221555012"),
            (" +1 (555) 123-4567 ", "+15551234567"),
            ("+49 30/12.34\u{a0}56", "+4930123456"),
            ("+123456789012345", "+123456789012345"),
        ] {
            assert_eq!(parse_phone_number(typed).as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_dialled_from_abroad_is_no_number() {
        let long = format!("+1{}", " ".repeat(64));
        for typed in [
            "030 123456",
            "+0301234567",
            "+49 (0)30 123456",
            "+49",
            "+",
            "++4930123456",
            "+1234567890123456",
            "+49 30 12ext34",
            "+4930\n123456",
            "tel:+4930123456",
            &long,
            "+\u{664}\u{669}30123456",
        ] {
            assert_eq!(
                parse_phone_number(typed).map_err(|it| it.field),
                Err("phone_number".into()),
                "{typed}"
            );
        }
    }

    #[test]
    fn an_address_may_have_lines_where_a_label_has_them() {
        let label = " Ada Lovelace\r\n12 St James's Square\r\n\r\nLondon\r\n";
        let typed = Address {
            formatted: label.to_owned(),
            locality: " London ".to_owned(),
            ..Address::default()
        };
        let kept = typed.parse().unwrap();
        assert_eq!(kept.formatted, "Ada Lovelace\n12 St James's Square\nLondon");
        assert_eq!(kept.locality, "London");
    }

    #[test]
    fn all_that_is_wrong_with_an_address_is_told_at_once() {
        let wrong = Address {
            formatted: "a\0b".to_owned(),
            street_address: "a".repeat(257),
            locality: "London\nCamden".to_owned(),
            ..Address::default()
        };
        let wrong = wrong.parse().unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|it| it.field.as_ref()).collect();
        assert_eq!(fields, ["address.formatted", "address.street_address", "address.locality"]);
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_as_it_is(typed in "\\PC{0,40}|[+0-9 ()./-]{0,24}|\\+[1-9][0-9 -]{6,18}") {
            if let Ok(kept) = parse_phone_number(&typed) {
                prop_assert_eq!(parse_phone_number(&kept), Ok(kept.clone()));
                prop_assert!(kept.is_empty() || kept.starts_with('+'));
            }
        }
    }
}
