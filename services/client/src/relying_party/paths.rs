//! The app's own addresses, for those who lead there.

pub(super) const SIGN_IN: &str = "/sign-in";
pub(super) const CALLBACKS: &str = crate::config::CALLBACK_PATH;
pub(super) const TOKENS: &str = "/tokens";
pub(super) const SIGN_OUT: &str = "/sign-out";
pub(super) const SIGNED_OUT: &str = "/signed-out";
pub(super) const BACK_CHANNEL_LOGOUT: &str = "/back-channel-logout";
pub(super) const FRONT_CHANNEL_LOGOUT: &str = "/front-channel-logout";
pub(super) const KEYS: &str = "/.well-known/jwks.json";
