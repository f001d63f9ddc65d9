//! What is made of files, and made again when they change.

use crate::process::Running;
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
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
    /// then are told, and the value stays. `what` is in them, in the plural, for the log.
    pub async fn open<E: fmt::Display + 'static>(
        what: &'static str,
        files: Vec<PathBuf>,
        make: impl Fn(&[Vec<u8>]) -> Result<T, E> + Send + 'static,
        unreadable: impl Fn(&Path, io::Error) -> E,
        running: &Running,
    ) -> Result<Self, E> {
        let contents = read(&files).await.map_err(|(path, error)| unreadable(path, error))?;
        let (tell, current) = watch::channel(Arc::new(make(&contents)?));
        let (stop, follow) = (running.stopping(), follow(what, files, contents, make, tell));
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

async fn read(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, (&Path, io::Error)> {
    let mut contents = Vec::with_capacity(files.len());
    for file in files {
        contents.push(tokio::fs::read(file).await.map_err(|error| (file.as_path(), error))?);
    }
    Ok(contents)
}

/// Files are replaced one after the other: they count once two looks have found the same.
async fn follow<T, E: fmt::Display>(
    what: &str,
    files: Vec<PathBuf>,
    first: Vec<Vec<u8>>,
    make: impl Fn(&[Vec<u8>]) -> Result<T, E>,
    tell: watch::Sender<Arc<T>>,
) {
    let mut used: Contents = Ok(first);
    let mut seen = used.clone();
    loop {
        sleep(EVERY).await;
        let found = read(&files).await;
        let found = found.map_err(|(path, error)| format!("{}: {error}", path.display()));
        let settled = found == seen;
        seen = found;
        if !settled || seen == used {
            continue;
        }
        used = seen.clone();
        match used.clone().and_then(|it| make(&it).map_err(|error| error.to_string())) {
            Ok(value) => {
                tell.send_replace(Arc::new(value));
                tracing::info!("new {what} are used from now on");
            }
            Err(error) => {
                tracing::error!(%error, "new {what} are of no use: the old ones stay");
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
