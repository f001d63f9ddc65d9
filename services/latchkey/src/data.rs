//! The data folder: everything that one suite keeps, for its owner alone.

use anyhow::{Context as _, Result, bail};
use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// A data folder that no other `latchkey up` uses for as long as this value lives.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    /// The system drops the lock with the file, also when the process is killed.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing, and takes it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        make_private(path).with_context(|| format!("--data {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("--data {}", path.display()))?;
        let lock = File::create(path.join("lock"))
            .with_context(|| format!("--data {}: it cannot be written to", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "--data {}: another `latchkey up` uses this folder; stop that one, or choose \
                 another folder",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("--data {}", path.display()))
            }
        }
    }

    /// Its absolute path.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes a folder that nobody else may look into (mode 0700), with its parents. One that is there
/// already stays as it is.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_new_folder_is_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&parent.path().join("a/b")).unwrap();
        assert_eq!(fs::metadata(data.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_folder_is_taken_once_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::open(folder.path()).unwrap();
        let refusal = format!("{:#}", DataFolder::open(folder.path()).unwrap_err());
        assert!(refusal.contains("another `latchkey up` uses this folder"), "{refusal}");
        drop(first);
        DataFolder::open(folder.path()).unwrap();
    }
}
