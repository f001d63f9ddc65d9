//! Tokens as rows keep them: sealed, for the one session that they belong to.

use super::store::StoreError;
use crate::{
    provider::Tokens,
    seal::{Purpose, Seal},
};

/// Seals tokens for the row with this key.
pub(super) fn seal(seal: &Seal, row: &[u8], tokens: &Tokens) -> Result<Vec<u8>, StoreError> {
    Ok(seal.seal(Purpose::Tokens, row, &serde_json::to_vec(tokens)?)?)
}

/// The tokens of a row, unless they were sealed under another session key.
pub(super) fn open(seal: &Seal, row: &[u8], sealed: &[u8]) -> Option<Tokens> {
    let plain = seal.open(Purpose::Tokens, row, sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}
