//! Lists of clients, page by page.

use super::{CLIENTS, Client};
use crate::{Answer, Error, HydraAdmin};
use reqwest::header::{HeaderMap, LINK};

/// A page of clients, each of which can be long.
const LARGEST_PAGE: usize = 8 * 1024 * 1024;

/// Some clients, and how to go on.
#[derive(Debug, Clone)]
pub struct ClientPage {
    /// At most as many as were asked for.
    pub clients: Vec<Client>,
    /// Hydra's token for the next page, unless this is the last one.
    pub next: Option<String>,
}

impl HydraAdmin {
    /// A page of all clients, or of those of one owner, in the order of their ids. `page_token` is
    /// the `next` of the page before it, empty for the first: it must come from Hydra and from
    /// nobody else.
    pub async fn clients(
        &self,
        owner: &str,
        page_size: u32,
        page_token: &str,
    ) -> Result<ClientPage, Error> {
        let mut request = self.http.get(self.url(CLIENTS)).query(&[("page_size", page_size)]);
        for (name, value) in [("owner", owner), ("page_token", page_token)] {
            if !value.is_empty() {
                request = request.query(&[(name, value)]);
            }
        }
        let Answer { status, headers, body } = self.answer(request, CLIENTS, LARGEST_PAGE).await?;
        if status.is_server_error() {
            return Err(Error::Unreachable(format!("it answers {status}")));
        }
        if !status.is_success() {
            return Err(Error::Refused(status));
        }
        let clients: Vec<Client> = serde_json::from_slice(&body)
            .map_err(|_| Error::Unexpected("a list of clients of another shape"))?;
        if clients.iter().any(|client| client.client_id.is_empty()) {
            return Err(Error::Unexpected("a client without an id"));
        }
        let next = self.next(&headers);
        if next.as_deref() == Some(page_token) {
            return Err(Error::Unexpected("a page that leads to itself"));
        }
        Ok(ClientPage { clients, next })
    }

    /// The token in `Link: <...?page_token=...>; rel="next"` (RFC 8288).
    fn next(&self, headers: &HeaderMap) -> Option<String> {
        let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
        let next =
            links.flat_map(|value| value.split(',')).find(|link| link.contains("rel=\"next\""))?;
        let (address, _) = next.trim().strip_prefix('<')?.split_once('>')?;
        let address = self.admin.join(address).ok()?;
        let (_, token) = address.query_pairs().find(|(name, _)| name == "page_token")?;
        Some(token.into_owned())
    }
}
