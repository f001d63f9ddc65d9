//! `ThrottleService`: for operators.

use crate::domain::{
    Violation, admission::Throttle, identifier::Identifier, lifting::Target, throttle::Kind, user,
};
use crate::grpc::{deadline, page, status, time::timestamp};
use crate::store::throttles::Kept;
use chassis::Clock;
use latchkey_proto::identity::v1::{
    self as contract, LiftThrottleRequest, LiftThrottleResponse, ListThrottlesRequest,
    ListThrottlesResponse, ThrottleKind, ThrottleTarget, throttle_service_server::ThrottleService,
    throttle_target,
};
use prost::Message as _;
use std::mem;
use tonic::{Request, Response, Status};

/// Shows counters, and forgets them.
#[derive(Debug)]
pub(crate) struct Throttles {
    pub(crate) throttle: Throttle,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl ThrottleService for Throttles {
    async fn list_throttles(
        &self,
        request: Request<ListThrottlesRequest>,
    ) -> Result<Response<ListThrottlesResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let Asked { target, size, after, filters } =
            asked(request.into_inner()).map_err(|violation| status::invalid(vec![violation]))?;
        let kept = deadline::within(deadline, async {
            let now = self.clock.now();
            Ok(self.throttle.list(target.as_ref(), &after, size + 1, now).await?)
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
        let target = target(request.into_inner().target.unwrap_or_default())
            .map_err(|violation| status::invalid(vec![violation]))?;
        let lifted = deadline::within(deadline, async {
            Ok(self.throttle.lift(&target, self.clock.now()).await?)
        })
        .await?;
        Ok(Response::new(LiftThrottleResponse { lifted: lifted.try_into().unwrap_or(i64::MAX) }))
    }
}

impl Throttles {
    fn message(&self, kept: Kept) -> contract::Throttle {
        contract::Throttle {
            kind: kind(kept.kind()).into(),
            allowed_time: Some(timestamp(self.throttle.allowed_at(&kept))),
            subject: kept.subject.unwrap_or_default(),
            failures: kept.failures,
            last_attempt_time: Some(timestamp(kept.last_at)),
            forgotten_time: Some(timestamp(kept.forget_at)),
        }
    }
}

/// What a request asks for.
struct Asked {
    target: Option<Target>,
    size: i64,
    after: Vec<u8>,
    /// What a page token belongs to.
    filters: Vec<u8>,
}

fn asked(mut request: ListThrottlesRequest) -> Result<Asked, Violation> {
    let size = page::size(mem::take(&mut request.page_size))?;
    let token = mem::take(&mut request.page_token);
    let filters = request.encode_to_vec();
    let after = page::cursor(&filters, &token)?;
    Ok(Asked { target: request.target.map(target).transpose()?, size, after, filters })
}

fn target(target: ThrottleTarget) -> Result<Target, Violation> {
    match target.target {
        Some(throttle_target::Target::Subject(subject)) if user::is_subject(&subject) => {
            Ok(Target::Subject(subject))
        }
        Some(throttle_target::Target::Subject(_)) => {
            Err(Violation::new("target.subject", "is no subject"))
        }
        Some(throttle_target::Target::Identifier(typed)) => {
            Identifier::parse("target.identifier", &typed).map(Target::Identifier)
        }
        Some(throttle_target::Target::Address(address)) => {
            let wrong = |_| Violation::new("target.address", "is no IP address");
            address.parse().map(Target::Address).map_err(wrong)
        }
        None => Err(Violation::new("target", "is required")),
    }
}

fn kind(kind: Kind) -> ThrottleKind {
    match kind {
        Kind::Account => ThrottleKind::Account,
        Kind::Source => ThrottleKind::Source,
        Kind::Pair => ThrottleKind::Pair,
        Kind::Device => ThrottleKind::Device,
    }
}
