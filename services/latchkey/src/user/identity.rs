//! The identity service, and finding a person there.

use super::failure::Failure;
use crate::certificates::{Certificates, Holder};
use chassis::{
    grpc::{self, ChannelError},
    process::Running,
    tls::{self, Certificate, Tls},
};
use clap::Args;
use latchkey_proto::identity::v1::{
    BatchGetUsersRequest, ListUsersRequest, User, UserFilter,
    user_service_client::UserServiceClient,
};
use std::{path::PathBuf, time::Duration};
use telemetry::grpc::Channel;
use tonic::Request;
use url::Url;

/// How long a connection may take to be made.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// How long a call may take; hashing a password is meant to be slow.
const DEADLINE: Duration = Duration::from_secs(30);
/// How many people a call lists.
const PAGE: i32 = 1000;

/// Where identity is, and what is shown to it.
#[derive(Debug, Clone, Args)]
pub(super) struct Identity {
    /// The identity service's gRPC address: https, or http on loopback
    #[arg(
        long = "identity-url",
        env = "LATCHKEY_IDENTITY_URL",
        default_value = "https://127.0.0.1:50051",
        value_name = "URL",
        global = true
    )]
    url: Url,

    /// Data folder of `latchkey up`, whose certificates are used where none are named
    #[arg(
        long,
        env = "LATCHKEY_DATA",
        default_value = ".latchkey",
        value_name = "DIR",
        global = true
    )]
    data: PathBuf,

    /// PEM file with the authorities that identity is believed to be vouched for by
    #[arg(long, env = "LATCHKEY_TLS_CA_FILE", value_name = "FILE", global = true)]
    tls_ca_file: Option<PathBuf>,

    #[command(flatten)]
    certificate: Certificate,
}

/// A connection to it.
#[derive(Debug, Clone)]
pub(super) struct Users {
    pub(super) calls: UserServiceClient<Channel>,
}

impl Identity {
    /// Connects, or says how to start it.
    pub(super) async fn connect(&self) -> Result<Users, Failure> {
        let (url, tls) = (&self.url, self.tls(&self.url).await?);
        let channel = grpc::connect("identity-url", url, tls.as_ref(), CONNECT).await;
        let channel = channel.map_err(|error| match error {
            ChannelError::Unreachable(cause) => Failure::trouble(format!(
                "identity cannot be reached at {url} ({cause}).\nStart it with `latchkey up`, or \
                 alone with `latchkey identity`, or say where it is with --identity-url."
            )),
            error => Failure::trouble(error.to_string()),
        })?;
        Ok(Users { calls: UserServiceClient::new(channel) })
    }

    /// What is shown to a service of ours, and who vouches for it.
    pub(super) async fn tls(&self, url: &Url) -> Result<Option<Tls>, Failure> {
        if url.scheme() != "https" && self.tls_ca_file.is_none() {
            return Ok(None);
        }
        let kept = Certificates::of(&self.data);
        let ca = self.tls_ca_file.clone().unwrap_or_else(|| kept.ca());
        if self.tls_ca_file.is_none() && !ca.exists() {
            return Err(Failure::trouble(format!(
                "{} is not there.\nStart `latchkey up`, or name its folder with --data, or the \
                 files with --tls-ca-file, --tls-cert-file and --tls-key-file.",
                ca.display()
            )));
        }
        let own = match &self.certificate.tls_cert_file {
            None if self.tls_ca_file.is_none() => Certificate {
                tls_cert_file: Some(kept.certificate(Holder::Operator)),
                tls_key_file: Some(kept.key(Holder::Operator)),
            },
            _ => self.certificate.clone(),
        };
        let tls = tls::client(&own, Some(&ca), &Running::new()).await;
        tls.map_err(|error| Failure::trouble(error.to_string()))
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
