//! Pages of a list: their size, and opaque tokens that lead to the next one.

use crate::domain::{Violation, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

const DEFAULT: i32 = 100;
const LARGEST: i32 = 1000;

/// Ties a token to its filters.
const TAG: usize = 8;

/// How many rows the caller wants.
pub(crate) fn size(asked: i32) -> Result<i64, Violation> {
    match asked {
        0 => Ok(DEFAULT.into()),
        1..=LARGEST => Ok(asked.into()),
        _ => Err(Violation::new("page_size", format!("is not within 1 and {LARGEST}"))),
    }
}

/// A token for what follows `cursor` under the same `filters`.
pub(crate) fn token(filters: &[u8], cursor: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([tag(filters, cursor).as_slice(), cursor].concat())
}

/// The cursor of a token; empty for the first page.
pub(crate) fn cursor(filters: &[u8], token: &str) -> Result<Vec<u8>, Violation> {
    if token.is_empty() {
        return Ok(Vec::new());
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| foreign())?;
    let (sent, cursor) = bytes.split_at_checked(TAG).ok_or_else(foreign)?;
    if sent == tag(filters, cursor) { Ok(cursor.to_vec()) } else { Err(foreign()) }
}

/// Like [`cursor`], of a list whose cursors are ids: text that every database takes.
pub(crate) fn id(filters: &[u8], token: &str) -> Result<String, Violation> {
    let id = String::from_utf8(cursor(filters, token)?).ok();
    id.filter(|id| !id.contains(char::is_control)).ok_or_else(foreign)
}

fn foreign() -> Violation {
    Violation::new("page_token", "does not belong to these filters")
}

/// One page of what was found, of which one more was read, and the token of the next page: empty on
/// the last one.
pub(crate) fn cut<T>(
    mut found: Vec<T>,
    size: i64,
    filters: &[u8],
    cursor: impl Fn(&T) -> &[u8],
) -> (Vec<T>, String) {
    let size = size.try_into().unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more);
    let next = last.map(|last| token(filters, cursor(last))).unwrap_or_default();
    (found, next)
}

fn tag(filters: &[u8], cursor: &[u8]) -> Vec<u8> {
    digest::of(&[b"page", filters, cursor]).into_iter().take(TAG).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_have_bounds() {
        assert_eq!([size(0), size(1), size(1000)], [Ok(100), Ok(1), Ok(1000)]);
        assert!(size(-1).is_err() && size(1001).is_err());
    }

    #[test]
    fn an_id_is_text_that_every_database_takes() {
        let read = |made: &[u8]| id(b"", &token(b"", made)).ok();
        assert_eq!(read("\u{e9}".as_bytes()), Some("\u{e9}".to_owned()));
        assert_eq!((read(b"a\0"), read(b"\xff"), id(b"", "")), (None, None, Ok(String::new())));
    }

    proptest! {
        #[test]
        fn a_token_leads_on_under_its_own_filters_only(filters: Vec<u8>, at: Vec<u8>, bad: String) {
            let made = token(&filters, &at);
            prop_assert_eq!(cursor(&filters, &made), Ok(at));
            prop_assert!(cursor(&[filters.as_slice(), b"x"].concat(), &made).is_err());
            prop_assert!(bad.is_empty() || cursor(&filters, &bad).is_err());
        }
    }
}
