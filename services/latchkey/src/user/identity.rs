//! The identity service, and finding a person there.

use super::refusal::refusal;
use crate::operator::{Credentials, Failure, within};
use chassis::grpc::Channel;
use clap::Args;
use latchkey_proto::identity::v1::{
    BatchGetUsersRequest, ListUsersRequest, User, UserFilter,
    audit_service_client::AuditServiceClient, throttle_service_client::ThrottleServiceClient,
    user_service_client::UserServiceClient,
};
use url::Url;

/// How many people a call lists: what is known of them, 8 KiB each at most, fits into what a caller takes.
const PAGE: i32 = 400;

/// Where identity is, and what is shown to it.
#[derive(Debug, Clone, Args)]
pub(super) struct Identity {
    /// The identity service's gRPC address: https, or http on loopback
    #[arg(
        long = "identity-url",
        env = "LATCHKEY_IDENTITY_URL",
        default_value = "https://127.0.0.1:50051",
        value_name = "URL",
        value_parser = chassis::upstream::origin,
        global = true
    )]
    url: Url,

    #[command(flatten)]
    pub(super) credentials: Credentials,
}

/// A connection to it.
#[derive(Debug, Clone)]
pub(super) struct Users {
    pub(super) calls: UserServiceClient<Channel>,
}

impl Identity {
    /// Connects, or says how to start it.
    pub(super) async fn connect(&self) -> Result<Users, Failure> {
        Ok(Users { calls: UserServiceClient::new(self.channel().await?) })
    }

    /// Connects to the audit trail.
    pub(super) async fn audit(&self) -> Result<AuditServiceClient<Channel>, Failure> {
        Ok(AuditServiceClient::new(self.channel().await?))
    }

    /// Connects to the counters of failed sign-ins.
    pub(super) async fn throttles(&self) -> Result<ThrottleServiceClient<Channel>, Failure> {
        Ok(ThrottleServiceClient::new(self.channel().await?))
    }

    async fn channel(&self) -> Result<Channel, Failure> {
        self.credentials.connect("identity", "identity-url", &self.url).await
    }
}

impl Users {
    /// The person with this subject, email address or user name, disabled or not.
    pub(super) async fn find(&mut self, who: &str) -> Result<User, Failure> {
        self.look_up(who).await?.ok_or_else(|| {
            Failure::Refused(format!("nobody has the subject, email address or user name {who}"))
        })
    }

    /// The same, where there may be nobody.
    pub(super) async fn look_up(&mut self, who: &str) -> Result<Option<User>, Failure> {
        let request = BatchGetUsersRequest { subjects: vec![who.to_owned()] };
        let by_subject = self.calls.batch_get_users(within(request)).await?.into_inner();
        let filter = UserFilter { identifier: who.to_owned(), ..UserFilter::default() };
        let (named, _) = self.page(filter, String::new()).await?;
        match (by_subject.users.into_iter().next(), named.into_iter().next()) {
            (Some(one), Some(other)) if one.subject != other.subject => {
                Err(Failure::Refused(format!(
                    "{who} is one person's subject and another's user name: give an email address"
                )))
            }
            (Some(user), _) | (None, Some(user)) => Ok(Some(user)),
            (None, None) => Ok(None),
        }
    }

    /// A page of people, and the token of the next one: empty on the last.
    pub(super) async fn page(
        &mut self,
        filter: UserFilter,
        page_token: String,
    ) -> Result<(Vec<User>, String), Failure> {
        let request = ListUsersRequest { page_size: PAGE, page_token, filter: Some(filter) };
        let page = self.calls.list_users(within(request)).await.map_err(refusal)?.into_inner();
        Ok((page.users, page.next_page_token))
    }

    /// Hands everybody who passes the filter to `each`, page by page.
    pub(super) async fn each(
        &mut self,
        filter: &UserFilter,
        mut each: impl FnMut(User) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut token = String::new();
        loop {
            let (users, next) = self.page(filter.clone(), token).await?;
            users.into_iter().try_for_each(&mut each)?;
            if next.is_empty() {
                return Ok(());
            }
            token = next;
        }
    }
}
