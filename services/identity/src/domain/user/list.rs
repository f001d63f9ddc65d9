//! People page by page.

use crate::domain::{Violation, identifier::Identifier, user::User};
use crate::store::{StoreError, users};
use database::Database;

/// Who is listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those who may, or may not, sign in.
    pub active: Option<bool>,
    /// Only whose normalised email address begins so.
    pub email_prefix: Option<Identifier>,
    /// Only whom this names.
    pub identifier: Option<Identifier>,
}

impl Filter {
    /// Empty texts do not filter.
    pub fn parse(
        active: Option<bool>,
        email_prefix: &str,
        identifier: &str,
    ) -> Result<Self, Violation> {
        let some = |field, text: &str| match text {
            "" => Ok(None),
            text => Identifier::parse(field, text).map(Some),
        };
        if !email_prefix.is_empty() && !identifier.is_empty() {
            let problem = "does not go together with filter.email_prefix";
            return Err(Violation::new("filter.identifier", problem));
        }
        Ok(Self {
            active,
            email_prefix: some("filter.email_prefix", email_prefix)?,
            identifier: some("filter.identifier", identifier)?,
        })
    }
}

/// At most `most` people, by subject, after the subject `after`.
pub async fn list(
    database: &Database,
    filter: &Filter,
    after: &str,
    most: i64,
) -> Result<Vec<User>, StoreError> {
    let Some(identifier) = &filter.identifier else {
        return users::list(database, filter, after, most).await;
    };
    let user = users::find_by_identifier(database, identifier).await?;
    let passes = |user: &User| filter.active.is_none_or(|active| active == user.active);
    Ok(user.filter(passes).into_iter().collect())
}
