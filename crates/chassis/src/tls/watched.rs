//! What is made of files, and made again when they change.

use super::{TlsError, pem::File};
use crate::process::Running;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{sync::watch, time::sleep};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// The newest good value; clones see the same.
pub struct Watched<T> {
    current: watch::Receiver<Arc<T>>,
}

/// What is in the files, or why it is not known.
type Contents = Result<Vec<Vec<u8>>, String>;

impl<T: Send + Sync + 'static> Watched<T> {
    /// Makes the value, and makes it again for as long as `running` runs. Files that are of no use
    /// then are told, and the value stays.
    pub(super) async fn open(
        files: Vec<File>,
        make: impl Fn(&[Vec<u8>]) -> Result<T, TlsError> + Send + 'static,
        running: &Running,
    ) -> Result<Self, TlsError> {
        let contents = read(&files).await?;
        let (tell, current) = watch::channel(Arc::new(make(&contents)?));
        let (stop, follow) = (running.stopping(), follow(files, contents, make, tell));
        running.spawn(async move {
            stop.run_until_cancelled(follow).await;
        });
        Ok(Self { current })
    }

    /// The value as it is now.
    #[must_use]
    pub fn current(&self) -> Arc<T> {
        self.current.borrow().clone()
    }
}

async fn read(files: &[File]) -> Result<Vec<Vec<u8>>, TlsError> {
    let mut contents = Vec::with_capacity(files.len());
    for file in files {
        contents.push(file.read().await?);
    }
    Ok(contents)
}

/// Files are replaced one after the other: they count once two looks have found the same.
async fn follow<T>(
    files: Vec<File>,
    first: Vec<Vec<u8>>,
    make: impl Fn(&[Vec<u8>]) -> Result<T, TlsError>,
    tell: watch::Sender<Arc<T>>,
) {
    let mut used: Contents = Ok(first);
    let mut seen = used.clone();
    loop {
        sleep(EVERY).await;
        let found = read(&files).await.map_err(|error| error.to_string());
        let settled = found == seen;
        seen = found;
        if !settled || seen == used {
            continue;
        }
        used = seen.clone();
        match used.clone().and_then(|it| make(&it).map_err(|error| error.to_string())) {
            Ok(value) => {
                tell.send_replace(Arc::new(value));
                tracing::info!("new certificates are used from now on");
            }
            Err(error) => {
                tracing::error!(%error, "new certificates are of no use: the old ones stay");
            }
        }
    }
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Self { current: self.current.clone() }
    }
}

impl<T> fmt::Debug for Watched<T> {
    /// Keys are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}
