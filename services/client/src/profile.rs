//! The protected resource: identity's `ProfileService`, asked with the person's access token.

use chassis::{
    grpc::{Channel, ChannelError, channel},
    tls::Tls,
};
use latchkey_proto::identity::v1::{
    GetProfileRequest, GetProfileResponse, profile_service_client::ProfileServiceClient,
};
use std::time::Duration;
use tonic::{Code, Request, metadata::MetadataValue};
use url::Url;

/// How long the page waits for it.
const DEADLINE: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(1);
const LARGEST_ANSWER: usize = 64 * 1024;

/// What the protected resource answers.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The profile.
    Profile(Box<GetProfileResponse>),
    /// The person did not grant `users.read`.
    NotGranted,
    /// The access token is not accepted any more, or its person is gone.
    Refused,
    /// It cannot be asked now.
    Unavailable,
}

/// Asks for profiles. Connects at the first question, and again whenever it has to.
#[derive(Debug, Clone)]
pub(crate) struct Profiles {
    identity: ProfileServiceClient<Channel>,
}

impl Profiles {
    /// Profiles of the identity service at `urls`.
    pub(crate) fn new(urls: &[Url], tls: Option<&Tls>) -> Result<Self, ChannelError> {
        let channel = channel("identity-url", urls, tls, CONNECT)?;
        let identity = ProfileServiceClient::new(channel).max_decoding_message_size(LARGEST_ANSWER);
        Ok(Self { identity })
    }

    /// The profile of the token's subject (RFC 6750, section 2.1).
    pub(crate) async fn get(&self, access_token: &str) -> Outcome {
        let Ok(mut bearer) = MetadataValue::try_from(format!("Bearer {access_token}")) else {
            return Outcome::Refused;
        };
        bearer.set_sensitive(true);
        let mut request = Request::new(GetProfileRequest {});
        request.metadata_mut().insert("authorization", bearer);
        request.set_timeout(DEADLINE);
        let mut identity = self.identity.clone();
        match tokio::time::timeout(DEADLINE, identity.get_profile(request)).await {
            Ok(Ok(response)) => Outcome::Profile(Box::new(response.into_inner())),
            Ok(Err(status)) => refusal(status.code()),
            Err(_) => Outcome::Unavailable,
        }
    }
}

fn refusal(code: Code) -> Outcome {
    match code {
        Code::PermissionDenied => Outcome::NotGranted,
        Code::Unauthenticated | Code::NotFound => Outcome::Refused,
        code => {
            tracing::warn!(rpc.grpc.status_code = code as i32, "the profile is not available");
            Outcome::Unavailable
        }
    }
}
