//! `ProfileService`: the protected resource.

use crate::grpc::{deadline, status, user};
use database::Database;
use latchkey_proto::identity::v1::{
    GetProfileRequest, GetProfileResponse, profile_service_server::ProfileService,
};
use token_guard::TokenGuard;
use tonic::{Request, Response, Status, metadata::MetadataMap};

/// The scope that opens the profile.
const SCOPE: &str = "users.read";

/// Serves the contract to whoever holds an access token.
#[derive(Debug)]
pub(crate) struct Profiles {
    pub(crate) database: Database,
    pub(crate) guard: TokenGuard,
}

#[tonic::async_trait]
impl ProfileService for Profiles {
    async fn get_profile(
        &self,
        request: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let bearer = bearer(request.metadata()).ok_or_else(status::token_missing)?;
        let profile = deadline::within(deadline, self.profile(bearer)).await?;
        Ok(Response::new(profile))
    }
}

impl Profiles {
    async fn profile(&self, bearer: &str) -> Result<GetProfileResponse, Status> {
        let grant = self.guard.check(bearer).await.map_err(|e| status::from_refusal(&e))?;
        grant.requires(SCOPE).map_err(|e| status::from_insufficient_scope(&e))?;
        let user = user::find(&self.database, &grant.subject).await?;
        if !user.active {
            return Err(status::user_not_found());
        }
        Ok(GetProfileResponse {
            subject: user.subject,
            email: user.email,
            username: user.username.unwrap_or_default(),
            display_name: user.display_name,
            granted_scopes: grant.scopes,
        })
    }
}

/// The token of exactly one `authorization: Bearer` (RFC 6750, section 2.1). The scheme's case does
/// not matter (RFC 9110, section 11.1).
fn bearer(metadata: &MetadataMap) -> Option<&str> {
    let mut values = metadata.get_all("authorization").iter();
    let (only, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(values: &[&str]) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        for value in values {
            metadata.append("authorization", value.parse().unwrap());
        }
        metadata
    }

    #[test]
    fn exactly_one_bearer_token_is_taken() {
        for good in ["Bearer t", "bearer t", "BEARER  t"] {
            assert_eq!(bearer(&metadata(&[good])), Some("t"), "{good}");
        }
        let table: [&[&str]; 6] =
            [&[], &["t"], &["Bearer"], &["Basic dDp0"], &["Bearer t", "Bearer t"], &["Bearert t"]];
        for bad in table {
            assert_eq!(bearer(&metadata(bad)), None, "{bad:?}");
        }
    }
}
