//! `Debug` for the messages that carry a secret. `build.rs` lists them.

use crate::identity::v1::{CreateUserRequest, VerifyCredentialsRequest};
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

impl fmt::Debug for CreateUserRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateUserRequest")
            .field("email", &self.email)
            .field("username", &self.username)
            .field("display_name", &self.display_name)
            .field("password", &REDACTED)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_print_shows_a_password() {
        let password = String::from("correct horse battery");
        let verify = VerifyCredentialsRequest { password: password.clone(), ..Default::default() };
        let create = CreateUserRequest { password: password.clone(), ..Default::default() };
        for printed in [format!("{verify:?}"), format!("{create:?}")] {
            assert!(printed.contains(REDACTED) && !printed.contains(&password), "{printed}");
        }
    }

    /// A password field that is added later must be added to `build.rs` as well.
    #[test]
    fn every_message_with_a_password_is_listed() {
        use prost::Message as _;
        let set = prost_types::FileDescriptorSet::decode(crate::FILE_DESCRIPTOR_SET).unwrap();
        let secret: Vec<_> = set
            .file
            .iter()
            .flat_map(|file| &file.message_type)
            .filter(|message| message.field.iter().any(|field| field.name() == "password"))
            .map(prost_types::DescriptorProto::name)
            .collect();
        assert_eq!(secret, ["VerifyCredentialsRequest", "CreateUserRequest"]);
    }
}
