//! What somebody has proved, and how well that proves who they are.

/// Something that was proved. A second factor gets its name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// The password.
    Password,
}

/// Nothing was proved (OpenID Connect Core, section 2).
const NONE: &str = "0";

impl Factor {
    /// Its name in `amr` (RFC 8176, section 2).
    #[must_use]
    pub fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
        }
    }
}

/// How well these factors prove who it is, as `acr`: the authentication assurance level of NIST
/// SP 800-63B-4. All that are known today are something known, and so they are one factor.
#[must_use]
pub fn acr(proved: &[Factor]) -> &'static str {
    if proved.is_empty() { NONE } else { "aal1" }
}
