//! Replicas that start together.

use crate::NOTHING;
use database::scratch::{Engine, Scratch};
use latchkey_integration_tests::identity::Identity;
use latchkey_proto::identity::v1::{ListUsersRequest, user_service_client::UserServiceClient};
use tokio::task::JoinSet;

/// An orchestrator starts all replicas of the first release at once.
#[tokio::test(flavor = "multi_thread")]
async fn three_on_one_empty_database_all_serve() {
    let database = Scratch::new(Engine::Postgres, &NOTHING).await;
    let mut starting = JoinSet::new();
    for _ in 0..3 {
        let url = database.url.clone();
        starting.spawn_blocking(move || Identity::start(&url, &["--demo-users"]));
    }
    for replica in starting.join_all().await {
        let address = format!("http://{}", replica.address);
        let mut users = UserServiceClient::connect(address).await.unwrap();
        let found = users.list_users(ListUsersRequest::default()).await.unwrap().into_inner();
        assert_eq!(found.users.len(), 2, "each demo user once");
    }
}
