//! The identity service, and finding a person there.

use super::failure::Failure;
use latchkey_proto::identity::v1::{
    BatchGetUsersRequest, ListUsersRequest, User, UserFilter,
    user_service_client::UserServiceClient,
};
use std::{error::Error as _, time::Duration};
use tonic::{
    Request,
    transport::{Channel, Endpoint},
};
use url::Url;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a call may take; hashing a password is meant to be slow.
const DEADLINE: Duration = Duration::from_secs(30);
/// How many people a call lists.
const PAGE: i32 = 1000;

/// Where identity is. Nothing is connected yet: a wrong password file is told first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity<'a> {
    url: &'a Url,
}

/// A connection to it.
#[derive(Debug, Clone)]
pub(super) struct Users {
    pub(super) calls: UserServiceClient<Channel>,
}

impl<'a> Identity<'a> {
    pub(super) fn at(url: &'a Url) -> Self {
        Self { url }
    }

    /// Connects, or says how to start it.
    pub(super) async fn connect(self) -> Result<Users, Failure> {
        let url = self.url;
        let endpoint = Endpoint::from_shared(url.to_string())
            .map_err(|error| Failure::trouble(format!("--identity-url {url}: {error}")))?;
        let channel = endpoint.connect_timeout(CONNECT).connect().await.map_err(|error| {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            Failure::trouble(format!(
                "identity cannot be reached at {url} ({cause}).\nStart it with `latchkey up`, or \
                 alone with `latchkey identity`, or say where it is with --identity-url."
            ))
        })?;
        Ok(Users { calls: UserServiceClient::new(channel) })
    }
}

impl Users {
    /// The person with this subject, email address or user name, disabled or not.
    pub(super) async fn find(&mut self, who: &str) -> Result<User, Failure> {
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
            (Some(user), _) | (None, Some(user)) => Ok(user),
            (None, None) => Err(Failure::Refused(format!(
                "nobody has the subject, email address or user name {who}"
            ))),
        }
    }

    /// A page of people, and the token of the next one: empty on the last.
    pub(super) async fn page(
        &mut self,
        filter: UserFilter,
        page_token: String,
    ) -> Result<(Vec<User>, String), Failure> {
        let request = ListUsersRequest { page_size: PAGE, page_token, filter: Some(filter) };
        let page = self.calls.list_users(within(request)).await?.into_inner();
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

/// A call that does not wait for ever.
pub(super) fn within<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}
