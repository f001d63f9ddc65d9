//! `GetUser`, `BatchGetUsers` and `ListUsers`.

use super::{Users, message::message};
use crate::domain::{
    Violation,
    user::{
        self, is_subject,
        list::{self, Filter},
    },
};
use crate::grpc::{deadline, page, status};
use crate::store::users::{self, Finder};
use latchkey_proto::identity::v1::{
    BatchGetUsersRequest, BatchGetUsersResponse, GetUserRequest, GetUserResponse, ListUsersRequest,
    ListUsersResponse, UserFilter, UserState,
};
use prost::Message as _;
use std::collections::HashMap;
use tonic::{Request, Status};

const MAX_BATCH: usize = 100;

/// The person with this subject, or the status `NOT_FOUND`.
pub(crate) async fn find(people: &Finder, subject: &str) -> Result<user::User, Status> {
    if !is_subject(subject) {
        return Err(status::user_not_found());
    }
    people.find(subject).await?.ok_or_else(status::user_not_found)
}

pub(super) async fn get(
    users: &Users,
    request: Request<GetUserRequest>,
) -> Result<GetUserResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let GetUserRequest { subject } = request.into_inner();
    let user = deadline::within(deadline, find(&users.people, &subject)).await?;
    Ok(GetUserResponse { user: Some(message(user)) })
}

pub(super) async fn batch(
    users: &Users,
    request: Request<BatchGetUsersRequest>,
) -> Result<BatchGetUsersResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let BatchGetUsersRequest { subjects } = request.into_inner();
    if !(1..=MAX_BATCH).contains(&subjects.len()) {
        let problem = format!("has not 1 to {MAX_BATCH} entries");
        return Err(status::invalid(vec![Violation::new("subjects", problem)]));
    }
    let possible: Vec<_> = subjects.iter().filter(|it| is_subject(it)).cloned().collect();
    let found = deadline::within(deadline, async {
        Ok(users::find_all(&users.database, &possible).await?)
    })
    .await?;
    let found: HashMap<_, _> = found.into_iter().map(|user| (user.subject.clone(), user)).collect();
    let mut answer = BatchGetUsersResponse::default();
    for subject in subjects {
        match found.get(&subject) {
            Some(user) => answer.users.push(message(user.clone())),
            None => answer.missing_subjects.push(subject),
        }
    }
    Ok(answer)
}

pub(super) async fn list(
    users: &Users,
    request: Request<ListUsersRequest>,
) -> Result<ListUsersResponse, Status> {
    let deadline = deadline::of(request.metadata());
    let Asked { filter, size, after, filters } =
        asked(request.into_inner()).map_err(|violation| status::invalid(vec![violation]))?;
    let found = deadline::within(deadline, async {
        Ok(list::list(&users.database, &filter, &after, size + 1).await?)
    })
    .await?;
    let (found, next_page_token) = page::cut(found, size, &filters, |user| user.subject.as_bytes());
    Ok(ListUsersResponse { users: found.into_iter().map(message).collect(), next_page_token })
}

/// What a request asks for.
struct Asked {
    filter: Filter,
    size: i64,
    after: String,
    /// What a page token belongs to.
    filters: Vec<u8>,
}

fn asked(request: ListUsersRequest) -> Result<Asked, Violation> {
    let filter = request.filter.unwrap_or_default();
    let filters = filter.encode_to_vec();
    Ok(Asked {
        filter: parse(&filter)?,
        size: page::size(request.page_size)?,
        after: page::id(&filters, &request.page_token)?,
        filters,
    })
}

fn parse(filter: &UserFilter) -> Result<Filter, Violation> {
    let active = match UserState::try_from(filter.state) {
        Ok(UserState::Unspecified) => None,
        Ok(UserState::Active) => Some(true),
        Ok(UserState::Disabled) => Some(false),
        Err(_) => return Err(Violation::new("filter.state", "is no state")),
    };
    Filter::parse(active, &filter.email_prefix, &filter.identifier)
}
