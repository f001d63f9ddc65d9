//! `GetUser`, `BatchGetUsers` and `ListUsers`.

use super::{Users, message::message};
use crate::domain::{
    Violation,
    user::{
        self, is_subject,
        list::{self, Filter, Page},
    },
};
use crate::grpc::{deadline, status};
use crate::store::users::{self, Finder};
use latchkey_proto::identity::v1::{
    BatchGetUsersRequest, BatchGetUsersResponse, GetUserRequest, GetUserResponse, ListUsersRequest,
    ListUsersResponse, UserFilter, UserState,
};
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
    let ListUsersRequest { page_size, page_token, filter } = request.into_inner();
    let filter =
        parse(&filter.unwrap_or_default()).map_err(|wrong| status::invalid(vec![wrong]))?;
    let page = Page::parse(page_size, &page_token, &filter)
        .map_err(|wrong| status::invalid(vec![wrong]))?;
    let (found, next) = deadline::within(deadline, async {
        Ok(list::list(&users.database, &filter, &page).await?)
    })
    .await?;
    Ok(ListUsersResponse {
        users: found.into_iter().map(message).collect(),
        next_page_token: next.unwrap_or_default(),
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
