//! `ProfileService`: the protected resource. Whoever comes here has shown a person's access token
//! with the scope that opens the profile.

use crate::grpc::{deadline, status, user};
use crate::store::users::Finder;
use chassis::grpc::MAX_MESSAGE;
use latchkey_proto::identity::v1::{
    GetProfileRequest, GetProfileResponse,
    profile_service_server::{ProfileService, ProfileServiceServer},
};
use token_guard::{
    Grant, Guarded, Scoped, TokenGuard,
    grpc::{self, Grpc},
};
use tonic::{Request, Response, Status};
use tower::ServiceBuilder;

/// The scope that opens the profile.
const SCOPE: &str = "users.read";
/// The scopes that open more of it (OpenID Connect Core, section 5.4), the last one ours.
const PHONE: &str = "phone";
const ADDRESS: &str = "address";
const GROUPS: &str = "groups";

/// Serves the contract to whoever holds an access token.
#[derive(Debug)]
pub(crate) struct Profiles {
    pub(crate) people: Finder,
}

/// The service behind its guard.
type Protected = Guarded<Scoped<ProfileServiceServer<Profiles>, Grpc>, Grpc>;

impl Profiles {
    /// The service, for requests that `guard` lets in.
    pub(crate) fn behind(self, guard: TokenGuard) -> Protected {
        ServiceBuilder::new()
            .layer(grpc::guard(guard))
            .layer(grpc::require_scope(SCOPE))
            .service(ProfileServiceServer::new(self).max_decoding_message_size(MAX_MESSAGE))
    }

    async fn profile(&self, grant: &Grant) -> Result<GetProfileResponse, Status> {
        let user = user::find(&self.people, grant.subject()).await?;
        if !user.active {
            return Err(status::user_not_found());
        }
        let granted = |scope: &str| grant.scopes().iter().any(|granted| granted == scope);
        Ok(GetProfileResponse {
            phone_number: Some(user.phone_number).filter(|_| granted(PHONE)).unwrap_or_default(),
            address: user::address(user.address).filter(|_| granted(ADDRESS)),
            groups: Some(user.groups).filter(|_| granted(GROUPS)).unwrap_or_default(),
            subject: user.subject,
            email: user.email,
            username: user.username.unwrap_or_default(),
            display_name: user.display_name,
            granted_scopes: grant.scopes().to_vec(),
        })
    }
}

#[tonic::async_trait]
impl ProfileService for Profiles {
    async fn get_profile(
        &self,
        request: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let grant = grpc::grant(&request)?;
        Ok(Response::new(deadline::within(deadline, self.profile(grant)).await?))
    }
}
