//! Who asks, for as long as a call lasts: known wherever the call's work is done, as its trace is.

use std::{future::Future, sync::Arc};

tokio::task_local! {
    static CALLER: Caller;
}

/// A service or a program that has been authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(Arc<str>);

impl Caller {
    /// A caller by its name, which begins with the way it was authenticated: `certificate:consent`,
    /// `client:reports`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Who asks. None: it is nobody's call, or the caller was not asked who it is.
#[must_use]
pub fn current() -> Option<Caller> {
    CALLER.try_with(Clone::clone).ok()
}

/// Does `work` as the caller's. An answer that is a stream outlasts its call: each of its steps that
/// asks for [`current`] has to be put into this again.
pub async fn scope<T>(caller: Option<Caller>, work: impl Future<Output = T>) -> T {
    match caller {
        Some(caller) => CALLER.scope(caller, work).await,
        None => work.await,
    }
}
