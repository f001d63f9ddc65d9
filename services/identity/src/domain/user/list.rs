//! People page by page.

use crate::domain::{
    Violation,
    identifier::{self, Identifier},
    user::{User, UserError, is_subject},
};
use crate::store::users;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use database::Database;

/// The most people on a page.
pub const MAX_PAGE: i32 = 1000;
const DEFAULT_PAGE: i32 = 100;
/// Page tokens begin with the version of their format, then some bytes that tell filters apart.
const TOKEN_VERSION: u8 = 1;
const TOKEN_FILTER_BYTES: usize = 8;

/// Who is listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those who may, or may not, sign in.
    pub active: Option<bool>,
    /// Only whose normalised email address begins so.
    pub email_prefix: Option<Identifier>,
    /// Only whom this names.
    pub identifier: Option<Identifier>,
}

/// Which page.
#[derive(Debug, Clone)]
pub struct Page {
    size: i32,
    after: String,
}

impl Filter {
    /// Empty texts do not filter.
    pub fn parse(
        active: Option<bool>,
        email_prefix: &str,
        identifier: &str,
    ) -> Result<Self, Violation> {
        let some = |field, text: &str| match text {
            "" => Ok(None),
            text => Identifier::parse(field, text).map(Some),
        };
        if !email_prefix.is_empty() && !identifier.is_empty() {
            let problem = "does not go together with filter.email_prefix";
            return Err(Violation::new("filter.identifier", problem));
        }
        Ok(Self {
            active,
            email_prefix: some("filter.email_prefix", email_prefix)?,
            identifier: some("filter.identifier", identifier)?,
        })
    }

    fn fingerprint(&self) -> Vec<u8> {
        let text = |key: &Option<Identifier>| {
            key.as_ref().map(Identifier::as_str).unwrap_or_default().to_owned()
        };
        let all =
            format!("{:?}\n{}\n{}", self.active, text(&self.email_prefix), text(&self.identifier));
        digest(&SHA256, all.as_bytes()).as_ref().iter().copied().take(TOKEN_FILTER_BYTES).collect()
    }
}

impl Page {
    /// A size of 0 is the usual one; an empty token is the first page.
    pub fn parse(size: i32, token: &str, filter: &Filter) -> Result<Self, Violation> {
        let size = match size {
            0 => DEFAULT_PAGE,
            1..=MAX_PAGE => size,
            _ => return Err(Violation::new("page_size", format!("is not 1 to {MAX_PAGE}, or 0"))),
        };
        let after = match token {
            "" => String::new(),
            token => decode(token, filter)
                .ok_or_else(|| Violation::new("page_token", "was not given out for this filter"))?,
        };
        Ok(Self { size, after })
    }
}

/// A page, and the token of the next one if there is one.
pub async fn list(
    database: &Database,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<User>, Option<String>), UserError> {
    if let Some(identifier) = &filter.identifier {
        let user = users::find_by_identifier(database, identifier).await?;
        let user = user.filter(|user| filter.active.is_none_or(|active| active == user.active));
        return Ok((user.into_iter().collect(), None));
    }
    let mut found = users::list(database, filter, &page.after, i64::from(page.size) + 1).await?;
    let size = usize::try_from(page.size).unwrap_or_default();
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| encode(&last.subject, filter));
    Ok((found, next))
}

fn encode(subject: &str, filter: &Filter) -> String {
    let mut token = vec![TOKEN_VERSION];
    token.extend(filter.fingerprint());
    token.extend(subject.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

fn decode(token: &str, filter: &Filter) -> Option<String> {
    if token.len() > identifier::MAX_BYTES {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let rest = bytes.strip_prefix(&[TOKEN_VERSION])?;
    let subject = rest.strip_prefix(filter.fingerprint().as_slice())?;
    let subject = std::str::from_utf8(subject).ok()?;
    is_subject(subject).then(|| subject.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(prefix: &str) -> Filter {
        Filter::parse(None, prefix, "").unwrap()
    }

    proptest! {
        #[test]
        fn a_token_leads_on_from_where_it_was_made(subject in "[a-zA-Z0-9\u{e9}-]{1,32}") {
            let token = encode(&subject, &filter("ada"));
            prop_assert_eq!(decode(&token, &filter("ada")), Some(subject));
            prop_assert_eq!(decode(&token, &filter("bob")), None);
        }

        #[test]
        fn no_text_breaks_the_reader(token in "[a-zA-Z0-9_-]{0,120}|\\PC{0,400}") {
            prop_assert_eq!(decode(&token, &filter("")), None);
        }

        #[test]
        fn what_was_made_up_names_no_strange_subject(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut token = vec![TOKEN_VERSION];
            token.extend(filter("").fingerprint());
            token.extend(bytes);
            let read = decode(&BASE64_URL_SAFE_NO_PAD.encode(token), &filter(""));
            prop_assert!(read.is_none_or(|subject| is_subject(&subject)));
        }
    }

    #[test]
    fn sizes() {
        for (size, good) in [(0, true), (1, true), (1000, true), (1001, false), (-1, false)] {
            assert_eq!(Page::parse(size, "", &filter("")).is_ok(), good, "{size}");
        }
    }
}
