//! What happens to people while their password is being compared.

use crate::{PASSWORD, Service, attempt, overload::SLOW};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    DeleteUserRequest, DisableUserRequest, GetSessionRequest, ListThrottlesRequest, ThrottleTarget,
    VerifyCredentialsResponse, throttle_target::Target, verify_credentials_response::Outcome,
};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::{Code, Response, Status};

database::both_databases!(who_is_changed_while_the_password_is_compared_is_not_signed_in);

type Calls = JoinSet<(&'static str, Result<Response<VerifyCredentialsResponse>, Status>)>;

impl Service {
    /// An attempt that waits behind others, with the person read and the attempt counted already.
    async fn queue(&self, calls: &mut Calls, name: &'static str, subject: &str) {
        let mut client = self.credentials();
        let mut request = attempt(name, PASSWORD, &[]);
        name.clone_into(&mut request.context.as_mut().unwrap().session_id);
        calls.spawn(async move { (name, client.verify_credentials(request).await) });
        let target = Some(ThrottleTarget { target: Some(Target::Subject(subject.to_owned())) });
        let about = ListThrottlesRequest { target, ..Default::default() };
        let began = Instant::now();
        loop {
            let throttles = self.throttles().list_throttles(about.clone()).await.unwrap();
            if !throttles.into_inner().throttles.is_empty() {
                return;
            }
            assert!(began.elapsed() < Duration::from_mins(1), "{name} is not counted");
        }
    }
}

async fn who_is_changed_while_the_password_is_compared_is_not_signed_in(engine: Engine) {
    const AHEAD: u32 = 5;
    let service = Service::with(engine, &SLOW).await;
    let names = ["password", "disabled", "deleted", "renamed"];
    let mut subjects = Vec::new();
    for name in names {
        subjects.push(service.add(&format!("{name}@example.com"), name).await.unwrap().subject);
    }
    let mut ahead = service.flood(AHEAD);
    service.until_failed(|failed| failed == AHEAD as usize).await;
    let mut calls = Calls::new();
    for (name, subject) in names.into_iter().zip(&subjects) {
        service.queue(&mut calls, name, subject).await;
    }

    // Another password without a hash, which would wait as well.
    service
        .sql("UPDATE users SET version = 2, password_hash = '' WHERE username = 'password'")
        .await;
    service.sql("UPDATE users SET version = 2 WHERE username = 'renamed'").await;
    let mut users = service.users();
    let request = DisableUserRequest { subject: subjects[1].clone(), ..Default::default() };
    users.disable_user(request).await.unwrap();
    let request = DeleteUserRequest { subject: subjects[2].clone(), ..Default::default() };
    users.delete_user(request).await.unwrap();

    for (name, answer) in calls.join_all().await {
        let answer = answer.unwrap().into_inner().outcome.unwrap();
        let verified = matches!(answer, Outcome::Verified(_));
        assert_eq!(verified, name == "renamed", "{name}: {answer:?}");
        let session = GetSessionRequest { session_id: name.to_owned() };
        let session = service.sessions().get_session(session).await.map_err(|it| it.code()).err();
        assert_eq!(session, (!verified).then_some(Code::NotFound), "{name}");
    }
    ahead.shutdown().await;
    service.stop().await;
}
