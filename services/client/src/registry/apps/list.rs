//! Lists of apps. Where a page ends is Hydra's business: its token is sealed before a caller sees it,
//! and only what this service has sealed is ever given to Hydra.

use super::{App, AppError, Apps};
use crate::{
    registry::rules::Violation,
    seal::{Purpose, Seal},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

const DEFAULT: u32 = 50;
const LARGEST: u32 = 100;

/// Which apps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Of this owner. Empty: of any.
    pub(crate) owner: String,
    /// Kept by this file. Empty: by any, or by hand.
    pub(crate) source: String,
}

/// Which page of them.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    size: u32,
    /// Hydra's.
    token: String,
}

impl Filter {
    /// What a page token is good for.
    fn bytes(&self) -> Vec<u8> {
        [self.owner.as_bytes(), b"\0", self.source.as_bytes()].concat()
    }
}

impl Page {
    /// A page as the caller asks for it.
    pub(crate) fn parse(
        size: i32,
        token: &str,
        filter: &Filter,
        seal: &Seal,
    ) -> Result<Self, Violation> {
        let size = match u32::try_from(size) {
            Ok(0) => DEFAULT,
            Ok(size @ 1..=LARGEST) => size,
            _ => return Err(violation("page_size", "is not within 1 and 100")),
        };
        if token.is_empty() {
            return Ok(Self { size, token: String::new() });
        }
        Self::open(token, filter, seal)
            .ok_or_else(|| violation("page_token", "does not belong to this filter"))
    }

    fn open(token: &str, filter: &Filter, seal: &Seal) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let plain = seal.open(Purpose::Page, &filter.bytes(), &sealed).ok()?;
        let (size, token) = std::str::from_utf8(&plain).ok()?.split_once(' ')?;
        Some(Self { size: size.parse().ok()?, token: token.to_owned() })
    }

    /// The caller's token for what follows.
    fn next(&self, token: &str, filter: &Filter, seal: &Seal) -> Result<String, AppError> {
        let plain = format!("{} {token}", self.size);
        let sealed = seal
            .seal(Purpose::Page, &filter.bytes(), plain.as_bytes())
            .map_err(|_| AppError::Defect("a page token was not sealed"))?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }
}

impl Apps {
    /// A page of apps, and the token of the next one: empty on the last.
    pub(crate) async fn list(
        &self,
        filter: &Filter,
        page: &Page,
        seal: &Seal,
    ) -> Result<(Vec<App>, String), AppError> {
        let found = self.hydra.clients(&filter.owner, page.size, &page.token).await?;
        let kept = |app: &App| filter.source.is_empty() || app.ours.source == filter.source;
        let apps = found.clients.into_iter().map(App::read).filter(kept).collect();
        let next = match found.next {
            Some(token) => page.next(&token, filter, seal)?,
            None => String::new(),
        };
        Ok((apps, next))
    }
}

fn violation(field: &str, problem: &str) -> Violation {
    Violation { field: field.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    #[test]
    fn a_token_is_opaque_and_good_for_its_filter_only() {
        let seal = Seal::new(&SecretString::from("key"), None).unwrap();
        let filter = Filter { owner: "shop".to_owned(), ..Filter::default() };
        let first = Page::parse(7, "", &filter, &seal).unwrap();
        let token = first.next("hydra's", &filter, &seal).unwrap();
        let plain = URL_SAFE_NO_PAD.decode(&token).unwrap();
        assert!(!String::from_utf8_lossy(&plain).contains("hydra"));
        let second = Page::parse(50, &token, &filter, &seal).unwrap();
        assert_eq!((second.size, second.token.as_str()), (7, "hydra's"));
        let other = Filter { source: "shop".to_owned(), ..Filter::default() };
        for (filter, token) in [(&other, token.as_str()), (&filter, "hydra's"), (&filter, "e30")] {
            assert!(Page::parse(7, token, filter, &seal).is_err(), "{token}");
        }
        assert!(Page::parse(101, "", &filter, &seal).is_err());
        assert!(Page::parse(-1, "", &filter, &seal).is_err());
    }
}
