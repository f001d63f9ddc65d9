//! What is wrong with a value that somebody sent.

use std::borrow::Cow;

/// A field that breaks a rule. The value itself is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Violation {
    /// The field's path in the contract.
    pub field: Cow<'static, str>,
    /// Which rule it breaks, as a sentence for the caller's developer.
    pub problem: String,
}

impl Violation {
    /// A violation of `field`.
    pub(crate) fn new(field: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// Lengths are checked before any other work is done on a value.
    pub(crate) fn unless_bytes(
        field: &'static str,
        value: &str,
        allowed: std::ops::RangeInclusive<usize>,
    ) -> Result<(), Self> {
        match value.len() {
            0 if !allowed.contains(&0) => Err(Self::new(field, "is required")),
            length if allowed.contains(&length) => Ok(()),
            _ => Err(Self::new(field, format!("is longer than {} bytes", allowed.end()))),
        }
    }
}
