//! Apps: read from Hydra, checked, and changed there, one change of an app at a time.

mod change;
mod list;

pub(crate) use change::{Registered, Seen};
pub(crate) use list::{Filter, Page};

use super::{
    app::App,
    journal::Journal,
    rules::{self, Violation},
};
use crate::scopes::Catalogue;
use chassis::{Clock, process::Running};
use hydra_admin::HydraAdmin;
use reqwest::StatusCode;
use std::sync::Arc;

/// All apps.
#[derive(Debug, Clone)]
pub(crate) struct Apps {
    pub(crate) hydra: HydraAdmin,
    pub(crate) journal: Journal,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) clock: Clock,
    /// Finishes what was begun.
    pub(crate) running: Running,
}

/// Why not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    #[error("some fields are invalid")]
    Invalid(Vec<Violation>),
    #[error("no app has this client id")]
    NotFound,
    #[error("another app has this client id")]
    Exists,
    #[error("the app has changed since it was read: read it again, and repeat what you wanted")]
    Stale,
    #[error("the app keeps no secret: it is public, or signs its requests")]
    WithoutSecret,
    /// To write it anew would lose what it may say, such as who may use the app.
    #[error("the registry's entry in the app's metadata cannot be read: {0}")]
    Unreadable(String),
    /// Hydra has a rule of its own; the text is Hydra's.
    #[error("Hydra refuses the app: {0}")]
    Refused(String),
    #[error(transparent)]
    Hydra(hydra_admin::Error),
    #[error("the registry's database does not do it: {0}")]
    Database(#[from] sqlx::Error),
    /// Nothing that a caller could change.
    #[error("{0}")]
    Defect(&'static str),
}

impl From<hydra_admin::Error> for AppError {
    fn from(error: hydra_admin::Error) -> Self {
        match error {
            hydra_admin::Error::Unknown(StatusCode::NOT_FOUND) => Self::NotFound,
            hydra_admin::Error::Taken => Self::Exists,
            hydra_admin::Error::Invalid(why) => Self::Refused(why),
            other => Self::Hydra(other),
        }
    }
}

impl Apps {
    /// The app with this client id.
    pub(crate) async fn find(&self, client_id: &str) -> Result<App, AppError> {
        // Hydra's path ends with it: these would ask for the list.
        if matches!(client_id, "" | "." | "..") {
            return Err(AppError::NotFound);
        }
        Ok(App::read(self.hydra.client(client_id).await?))
    }

    /// The app as it will be kept, if it keeps the rules.
    pub(crate) fn checked(&self, mut app: App) -> Result<App, AppError> {
        app.derive();
        match rules::violations(&app, &self.catalogue) {
            violations if violations.is_empty() => Ok(app),
            violations => Err(AppError::Invalid(violations)),
        }
    }
}
