//! Who is signed in: an opaque id in the browser's cookie, everything else in a row here.

pub(crate) mod cookie;
pub(crate) mod refresh;
pub(crate) mod revocations;
mod sealed;
pub mod store;
