//! Create, update, delete, and a new secret.

use super::{App, AppError, Apps};
use crate::registry::{
    journal::{Event, Outcome},
    rules::Violation,
    secret,
};
use secrecy::{ExposeSecret as _, SecretString};
use std::future::Future;
use tokio::sync::oneshot;

/// An app, and the secret that it was given just now.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) app: App,
    pub(crate) secret: Option<SecretString>,
}

/// What a caller has seen of an app.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) client_id: String,
    /// Empty: whatever it is like.
    pub(crate) etag: String,
}

impl Apps {
    /// Registers an app. One that is there already and is described so is answered without its
    /// secret.
    pub(crate) async fn create(&self, app: App, dry: bool) -> Result<Registered, AppError> {
        let app = self.checked(app)?;
        if dry {
            return match self.find(&app.client.client_id).await {
                Err(AppError::NotFound) => Ok(Registered { app, secret: None }),
                Err(error) => Err(error),
                Ok(there) => again(there, &app),
            };
        }
        let (apps, id) = (self.clone(), app.client.client_id.clone());
        self.change(Event::Create, &id, Vec::new(), async move {
            match apps.find(&app.client.client_id).await {
                Err(AppError::NotFound) => {}
                Err(error) => return Err(error),
                Ok(there) => return again(there, &app),
            }
            let secret = app.has_secret().then(secret::generate).transpose();
            let secret = secret.map_err(|_| AppError::Defect("no random bytes"))?;
            apps.add(app, secret).await
        })
        .await
    }

    /// Makes an app be so, whether it is there or not, with a secret that the operator chose, or none.
    /// Only the demonstration's app comes in this way.
    pub(crate) async fn put(&self, app: App, secret: Option<SecretString>) -> Result<(), AppError> {
        let (apps, id) = (self.clone(), app.client.client_id.clone());
        self.change(Event::Create, &id, Vec::new(), async move {
            match apps.find(&app.client.client_id).await {
                Err(AppError::NotFound) => apps.add(app, secret).await.map(drop),
                Err(error) => Err(error),
                Ok(there) => {
                    let mut app = app;
                    app.ours.revision = there.ours.revision;
                    apps.replace(app, secret).await.map(drop)
                }
            }
        })
        .await
    }

    /// Changes an app by `patch`. `fields` says what is changed, for the audit trail.
    pub(crate) async fn update(
        &self,
        seen: Seen,
        fields: Vec<&'static str>,
        patch: impl FnOnce(&mut App) -> Result<(), Violation> + Send + 'static,
        dry: bool,
    ) -> Result<App, AppError> {
        let apps = self.clone();
        let patched = move |app: App| {
            let mut app = readable(app)?;
            app.forget_derived();
            patch(&mut app).map_err(|wrong| AppError::Invalid(vec![wrong]))?;
            apps.checked(app)
        };
        if dry {
            return patched(self.seen(&seen).await?);
        }
        let (apps, id) = (self.clone(), seen.client_id.clone());
        self.change(Event::Update, &id, fields, async move {
            let app = patched(apps.seen(&seen).await?)?;
            apps.replace(app, None).await
        })
        .await
    }

    /// Removes an app and all that was granted to it.
    pub(crate) async fn delete(&self, seen: Seen, dry: bool) -> Result<(), AppError> {
        if dry {
            return self.seen(&seen).await.map(drop);
        }
        let (apps, id) = (self.clone(), seen.client_id.clone());
        self.change(Event::Delete, &id, Vec::new(), async move {
            apps.seen(&seen).await?;
            Ok(apps.hydra.delete_client(&seen.client_id).await?)
        })
        .await
    }

    /// Gives an app a new secret. The old one ends.
    pub(crate) async fn rotate_secret(&self, seen: Seen) -> Result<Registered, AppError> {
        let (apps, id) = (self.clone(), seen.client_id.clone());
        self.change(Event::RotateSecret, &id, Vec::new(), async move {
            let app = readable(apps.seen(&seen).await?)?;
            if !app.has_secret() {
                return Err(AppError::WithoutSecret);
            }
            let secret = secret::generate().map_err(|_| AppError::Defect("no random bytes"))?;
            let app = apps.replace(app, Some(secret.clone())).await?;
            Ok(Registered { app, secret: Some(secret) })
        })
        .await
    }

    /// The app, if it is as the caller has seen it.
    async fn seen(&self, seen: &Seen) -> Result<App, AppError> {
        let app = self.find(&seen.client_id).await?;
        if seen.etag.is_empty() || seen.etag == app.etag() { Ok(app) } else { Err(AppError::Stale) }
    }

    async fn add(
        &self,
        mut app: App,
        secret: Option<SecretString>,
    ) -> Result<Registered, AppError> {
        app.ours.revision = 1;
        self.set_secret(&mut app, secret.as_ref());
        let client = app.into_client().map_err(|_| AppError::Defect("an app is no JSON"))?;
        Ok(Registered { app: App::read(self.hydra.create_client(&client).await?), secret })
    }

    async fn replace(&self, mut app: App, secret: Option<SecretString>) -> Result<App, AppError> {
        app.ours.revision += 1;
        self.set_secret(&mut app, secret.as_ref());
        let client = app.into_client().map_err(|_| AppError::Defect("an app is no JSON"))?;
        Ok(App::read(self.hydra.replace_client(&client).await?))
    }

    fn set_secret(&self, app: &mut App, secret: Option<&SecretString>) {
        if let Some(secret) = secret {
            app.client.client_secret = Some(secret.expose_secret().to_owned());
            app.ours.secret_created_at = Some(self.clock.now());
        }
    }

    /// Does a change that nobody can cut in two: it has the app to itself, and its beginning and its
    /// end are kept whether or not its caller is still there.
    fn change<'a, T: Send + 'static>(
        &'a self,
        event: Event,
        client_id: &'a str,
        fields: Vec<&'static str>,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> impl Future<Output = Result<T, AppError>> + Send + 'a {
        let work = Box::pin(work);
        async move {
            let begun = self.journal.begin(event, client_id, &fields, &self.clock).await?;
            let (done, outcome) = oneshot::channel();
            let (journal, clock) = (self.journal.clone(), self.clock.clone());
            self.running.spawn(async move {
                let changed = work.await;
                let ended = journal.end(begun, outcome_of(&changed), &clock).await;
                // The receiver is gone where the caller is: the trail holds the outcome.
                let _ = done.send(changed.and_then(|changed| Ok(ended.map(|()| changed)?)));
            });
            outcome.await.unwrap_or(Err(AppError::Defect("the change was broken off")))
        }
    }
}

fn readable(app: App) -> Result<App, AppError> {
    match app.unreadable {
        Some(why) => Err(AppError::Unreadable(why)),
        None => Ok(app),
    }
}

/// A repeated call is answered with the app that the first one made.
fn again(there: App, described: &App) -> Result<Registered, AppError> {
    if there.is_described_by(described) {
        Ok(Registered { app: there, secret: None })
    } else {
        Err(AppError::Exists)
    }
}

fn outcome_of<T>(changed: &Result<T, AppError>) -> Outcome {
    match changed {
        Ok(_) => Outcome::Done,
        Err(AppError::Hydra(_) | AppError::Defect(_)) => Outcome::Unknown,
        Err(_) => Outcome::Refused,
    }
}
