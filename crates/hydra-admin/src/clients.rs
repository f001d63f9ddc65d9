//! OAuth 2.0 clients: the apps that Hydra knows.

mod list;
mod record;

pub use list::ClientPage;
pub use record::{Client, web};

use crate::{Answer, Error, HydraAdmin, LARGEST_ANSWER};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use url::Url;

const CLIENTS: &str = "/admin/clients";
const CLIENT: &str = "/admin/clients/{id}";

/// What Hydra says about a client that it refuses.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Complaint {
    error_description: String,
}

impl HydraAdmin {
    /// Reads a client.
    pub async fn client(&self, id: &str) -> Result<Client, Error> {
        self.json(self.http.get(self.client_url(id)), CLIENT).await
    }

    /// Adds a client, whose id nobody may have yet.
    pub async fn create_client(&self, client: &Client) -> Result<Client, Error> {
        self.keep(self.http.post(self.url(CLIENTS)).json(client), CLIENTS).await
    }

    /// Replaces a client as a whole: what is left out is gone, but for the secret.
    pub async fn replace_client(&self, client: &Client) -> Result<Client, Error> {
        let request = self.http.put(self.client_url(&client.client_id));
        self.keep(request.json(client), CLIENT).await
    }

    /// Adds a client, or replaces the one that has its id. Without a secret the old one stays.
    pub async fn put_client(&self, client: &Client) -> Result<Client, Error> {
        match self.client(&client.client_id).await {
            Ok(_) => self.replace_client(client).await,
            Err(Error::Unknown(_)) => self.create_client(client).await,
            Err(error) => Err(error),
        }
    }

    /// Removes a client and all that was granted to it.
    pub async fn delete_client(&self, id: &str) -> Result<(), Error> {
        self.send(self.http.delete(self.client_url(id)), CLIENT).await.map(drop)
    }

    async fn keep(&self, request: RequestBuilder, route: &'static str) -> Result<Client, Error> {
        let Answer { status, body, .. } = self.answer(request, route, LARGEST_ANSWER).await?;
        match status {
            status if status.is_success() => serde_json::from_slice(&body)
                .map_err(|_| Error::Unexpected("a client of another shape")),
            StatusCode::BAD_REQUEST => {
                let complaint: Complaint = serde_json::from_slice(&body).unwrap_or_default();
                Err(Error::Invalid(complaint.error_description))
            }
            StatusCode::NOT_FOUND => Err(Error::Unknown(status)),
            StatusCode::CONFLICT => Err(Error::Taken),
            status if status.is_client_error() => Err(Error::Refused(status)),
            status => Err(Error::Unreachable(format!("it answers {status}"))),
        }
    }

    fn client_url(&self, id: &str) -> Url {
        let mut url = self.url(CLIENTS);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(id);
        }
        url
    }
}
