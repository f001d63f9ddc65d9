//! The app that asks, on the pages of its sign-in.

use hydra_admin::{Client, web};
use serde::Serialize;
use url::Url;

/// The app that asks, as far as its owner describes it.
#[derive(Debug, Serialize)]
pub(crate) struct AskingApp {
    /// The name that people know.
    pub(crate) name: String,
    /// Its picture, where it may be loaded.
    pub(crate) logo: Option<String>,
    /// What it does with people's data.
    pub(crate) policy: Option<String>,
    /// Its terms of use.
    pub(crate) terms: Option<String>,
}

impl AskingApp {
    /// The app as its owner describes it. Only what can be linked to safely becomes a link.
    pub(crate) fn of(client: &Client, logos: &[Url]) -> Self {
        let named = !client.client_name.trim().is_empty();
        Self {
            name: if named { &client.client_name } else { &client.client_id }.clone(),
            logo: logo(client, logos).map(String::from),
            policy: web(&client.policy_uri).map(String::from),
            terms: web(&client.tos_uri).map(String::from),
        }
    }
}

/// The app's picture, if it lies where an operator allows it: from anywhere else it would tell its
/// host who signs in where.
pub(crate) fn logo(client: &Client, logos: &[Url]) -> Option<Url> {
    let logo = web(&client.logo_uri)?;
    logos.iter().any(|allowed| allowed.origin() == logo.origin()).then_some(logo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_s_addresses_become_links_only_where_they_are_safe() {
        let of = |address: &str| {
            let client = Client {
                policy_uri: address.to_owned(),
                tos_uri: address.to_owned(),
                logo_uri: address.to_owned(),
                ..Client::default()
            };
            AskingApp::of(&client, &["https://logos.example.com".parse().unwrap()])
        };
        for address in
            ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil", "nonsense"]
        {
            let app = of(address);
            assert!(app.policy.is_none() && app.terms.is_none() && app.logo.is_none(), "{address}");
        }
        let allowed = "https://logos.example.com/app.png";
        assert_eq!(of(allowed).logo.as_deref(), Some(allowed));
        assert_eq!(of("https://elsewhere.example.com/app.png").logo, None);
        assert_eq!(of("http://logos.example.com/app.png").logo, None);
    }
}
