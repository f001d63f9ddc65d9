//! `Debug` for the messages that carry a secret. `build.rs` finds them.

use crate::client::v1::{CreateAppResponse, RotateAppSecretResponse};
use crate::identity::v1::{
    AttemptContext, CreateUserRequest, ImportUsersRequest, SetPasswordRequest, Verified,
    VerifyCredentialsRequest,
};
use std::fmt;

const REDACTED: &str = "[redacted]";

impl fmt::Debug for VerifyCredentialsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyCredentialsRequest")
            .field("identifier", &REDACTED)
            .field("password", &REDACTED)
            .field("context", &self.context)
            .finish()
    }
}

impl fmt::Debug for AttemptContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptContext")
            .field("client_id", &self.client_id)
            .field("ip", &self.ip)
            .field("user_agent", &self.user_agent)
            .field("login_challenge_sha256", &self.login_challenge_sha256)
            .field("device_token", &REDACTED)
            .field("session_id", &self.session_id)
            .finish()
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("subject", &self.subject)
            .field("amr", &self.amr)
            .field("auth_time", &self.auth_time)
            .field("device_token", &REDACTED)
            .field("acr", &self.acr)
            .finish()
    }
}

impl fmt::Debug for CreateUserRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateUserRequest")
            .field("email", &self.email)
            .field("username", &self.username)
            .field("display_name", &self.display_name)
            .field("password", &REDACTED)
            .field("request_id", &self.request_id)
            .field("phone_number", &self.phone_number)
            .field("address", &self.address)
            .field("groups", &self.groups)
            .finish()
    }
}

impl fmt::Debug for SetPasswordRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetPasswordRequest")
            .field("subject", &self.subject)
            .field("password", &REDACTED)
            .field("etag", &self.etag)
            .finish()
    }
}

impl fmt::Debug for ImportUsersRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportUsersRequest")
            .field("row", &self.row)
            .field("subject", &self.subject)
            .field("email", &self.email)
            .field("username", &self.username)
            .field("display_name", &self.display_name)
            .field("password", &REDACTED)
            .field("password_hash", &REDACTED)
            .field("state", &self.state())
            .field("phone_number", &self.phone_number)
            .field("address", &self.address)
            .field("groups", &self.groups)
            .finish()
    }
}

impl fmt::Debug for CreateAppResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateAppResponse")
            .field("app", &self.app)
            .field("client_secret", &REDACTED)
            .finish()
    }
}

impl fmt::Debug for RotateAppSecretResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotateAppSecretResponse")
            .field("app", &self.app)
            .field("client_secret", &REDACTED)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_print_shows_a_secret() {
        let secret = String::from("correct horse battery");
        let context = AttemptContext { device_token: secret.clone(), ..Default::default() };
        let verify = VerifyCredentialsRequest {
            password: secret.clone(),
            context: Some(context),
            ..Default::default()
        };
        let create = CreateUserRequest { password: secret.clone(), ..Default::default() };
        let verified = Verified { device_token: secret.clone(), ..Default::default() };
        let set = SetPasswordRequest { password: secret.clone(), ..Default::default() };
        let import = ImportUsersRequest {
            password: secret.clone(),
            password_hash: secret.clone(),
            ..Default::default()
        };
        let app = CreateAppResponse { client_secret: secret.clone(), ..Default::default() };
        let rotated =
            RotateAppSecretResponse { client_secret: secret.clone(), ..Default::default() };
        let printed = [
            format!("{app:?}"),
            format!("{rotated:?}"),
            format!("{verify:?}"),
            format!("{create:?}"),
            format!("{verified:?}"),
            format!("{set:?}"),
            format!("{import:?}"),
        ];
        for printed in printed {
            assert!(printed.contains(REDACTED) && !printed.contains(&secret), "{printed}");
        }
    }
}
