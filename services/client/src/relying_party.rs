//! The app that people sign in to: OpenID Connect's authorization code flow, a page, and a session.

mod callback;
pub(crate) mod demo;
mod headers;
mod home;
mod paths;
mod problem;
mod return_to;
pub(crate) mod routes;
mod sign_in;
mod sign_out;
mod tokens;
mod told;

pub(crate) use sign_in::SignIns;

use crate::{
    profile::Profiles,
    provider::Provider,
    scopes::Catalogue,
    seal::Seal,
    session::{cookie::Cookies, refresh::Refresher, revocations::Revocations, store::Sessions},
    view::View,
};
use chassis::Clock;
use std::sync::Arc;
use telemetry::sign_in::References;
use url::Url;

/// What the pages work with.
pub(crate) struct RelyingParty {
    /// The address of this app, with the path `/`.
    pub(crate) origin: Url,
    pub(crate) cookies: Cookies,
    pub(crate) provider: Arc<Provider>,
    pub(crate) sign_ins: SignIns,
    pub(crate) sessions: Sessions,
    pub(crate) refresher: Refresher,
    pub(crate) revocations: Revocations,
    pub(crate) seal: Arc<Seal>,
    pub(crate) profiles: Profiles,
    pub(crate) view: View,
    /// What scopes mean.
    pub(crate) catalogue: Arc<Catalogue>,
    /// Ties the traces of one sign-in together, where there is a key for it.
    pub(crate) references: Option<References>,
    pub(crate) clock: Clock,
    /// People may look at their own tokens.
    pub(crate) demo: bool,
}
