//! `ThrottleService`: for operators.

use crate::domain::{
    Violation,
    audit::{Entry, Event},
    identifier::Identifier,
    throttle::{Keys, Kind, Limits},
    user,
};
use crate::grpc::{deadline, page, status, time::timestamp};
use crate::store::{
    StoreError, audit,
    throttles::{self, Filter, Kept},
    users,
};
use chassis::Clock;
use database::Database;
use latchkey_proto::identity::v1::{
    LiftThrottleRequest, LiftThrottleResponse, ListThrottlesRequest, ListThrottlesResponse,
    Throttle, ThrottleKind, ThrottleTarget, throttle_service_server::ThrottleService,
    throttle_target::Target,
};
use prost::Message as _;
use std::mem;
use tonic::{Request, Response, Status};

/// Shows counters, and forgets them.
#[derive(Debug)]
pub(crate) struct Throttles {
    pub(crate) database: Database,
    pub(crate) limits: Limits,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl ThrottleService for Throttles {
    async fn list_throttles(
        &self,
        request: Request<ListThrottlesRequest>,
    ) -> Result<Response<ListThrottlesResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let (target, size, after, filters) =
            asked(request.into_inner()).map_err(|violation| status::invalid(vec![violation]))?;
        let kept = deadline::within(deadline, async {
            let filter = match target {
                Some(target) => self.filter(target).await?,
                None => Filter::default(),
            };
            let now = self.clock.now();
            Ok(throttles::list(&self.database, &filter, &after, size + 1, now).await?)
        })
        .await?;
        let (kept, next_page_token) = page::cut(kept, size, &filters, |kept| &kept.key);
        let throttles = kept.into_iter().map(|kept| self.message(kept)).collect();
        Ok(Response::new(ListThrottlesResponse { throttles, next_page_token }))
    }

    async fn lift_throttle(
        &self,
        request: Request<LiftThrottleRequest>,
    ) -> Result<Response<LiftThrottleResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let target = request.into_inner().target.unwrap_or_default();
        let lifted = deadline::within(deadline, async {
            let filter = self.filter(target).await?;
            self.lift(&filter).await
        })
        .await?;
        Ok(Response::new(LiftThrottleResponse { lifted: lifted.try_into().unwrap_or(i64::MAX) }))
    }
}

impl Throttles {
    async fn lift(&self, filter: &Filter) -> Result<u64, Status> {
        let subject = Some(filter.subject.as_str()).filter(|subject| !subject.is_empty());
        let entry = Entry::done(Event::ThrottleLift, subject, self.clock.now());
        let entry = &entry;
        let lifted = self.database.transaction(|mut transaction| async move {
            let lifted = throttles::lift(&mut transaction, filter).await?;
            audit::append(&mut transaction, entry).await?;
            transaction.commit().await?;
            entry.tell();
            Ok::<_, StoreError>(lifted)
        });
        Ok(lifted.await?)
    }

    /// Whose counters a target means. A name means the person whose it is.
    async fn filter(&self, target: ThrottleTarget) -> Result<Filter, Status> {
        let wrong = |field, problem: &str| status::invalid(vec![Violation::new(field, problem)]);
        match target.target {
            Some(Target::Subject(subject)) if user::is_subject(&subject) => {
                Ok(Filter { subject, ..Filter::default() })
            }
            Some(Target::Subject(_)) => Err(wrong("target.subject", "is no subject")),
            Some(Target::Identifier(typed)) => {
                let identifier = Identifier::parse("target.identifier", &typed)
                    .map_err(|violation| status::invalid(vec![violation]))?;
                let person = users::find_by_identifier(&self.database, &identifier).await?;
                let subject = person.as_ref().map(|person| person.subject.as_str());
                let account = self.keys.account(&identifier, subject).to_vec();
                Ok(Filter { account, ..Filter::default() })
            }
            Some(Target::Address(address)) => match address.parse() {
                Ok(ip) => Ok(Filter { source: self.keys.source(ip).to_vec(), ..Filter::default() }),
                Err(_) => Err(wrong("target.address", "is no IP address")),
            },
            None => Err(wrong("target", "is required")),
        }
    }

    fn message(&self, kept: Kept) -> Throttle {
        let rule = self.limits.of(kept.kind());
        let allowed = (kept.last_at + rule.delay(kept.failures)).min(kept.forget_at);
        Throttle {
            kind: kind(kept.kind()).into(),
            subject: kept.subject.unwrap_or_default(),
            failures: kept.failures,
            last_attempt_time: Some(timestamp(kept.last_at)),
            allowed_time: Some(timestamp(allowed)),
            forgotten_time: Some(timestamp(kept.forget_at)),
        }
    }
}

type Asked = (Option<ThrottleTarget>, i64, Vec<u8>, Vec<u8>);

fn asked(mut request: ListThrottlesRequest) -> Result<Asked, Violation> {
    let size = page::size(mem::take(&mut request.page_size))?;
    let token = mem::take(&mut request.page_token);
    let filters = request.encode_to_vec();
    let after = page::cursor(&filters, &token)?;
    Ok((request.target, size, after, filters))
}

fn kind(kind: Kind) -> ThrottleKind {
    match kind {
        Kind::Account => ThrottleKind::Account,
        Kind::Source => ThrottleKind::Source,
        Kind::Pair => ThrottleKind::Pair,
        Kind::Device => ThrottleKind::Device,
    }
}
