//! A server in trouble is asked no more often than one that answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use latchkey_database::{
    Database, Transaction,
    scratch::{Engine, Scratch},
    sql,
};
use sqlx::{migrate::Migrator, postgres::PgConnectOptions};
use std::str::FromStr as _;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

static NOTHING: Migrator = Migrator::DEFAULT;

/// Stands before a server, counts who comes, and hangs up on everybody while there is trouble.
async fn gate(
    listener: TcpListener,
    server: u16,
    came: watch::Sender<u32>,
    trouble: watch::Receiver<bool>,
) {
    let mut visits = JoinSet::new();
    loop {
        let (mut visitor, _) = listener.accept().await.unwrap();
        came.send_modify(|count| *count += 1);
        let mut trouble = trouble.clone();
        visits.spawn(async move {
            let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            tokio::select! {
                biased;
                _ = trouble.wait_for(|begun| *begun) => {}
                _ = copy_bidirectional(&mut visitor, &mut server) => {}
            }
        });
    }
}

async fn read(database: &Database) -> sqlx::Result<()> {
    sql!(read database, c => sqlx::query("SELECT 1").execute(c).await.map(drop))
}

async fn write(database: &Database) -> sqlx::Result<()> {
    sql!(write database, c => sqlx::query("SELECT 1").execute(c).await.map(drop))
}

async fn transact(database: &Database) -> sqlx::Result<()> {
    database.transaction(Transaction::commit).await
}

#[tokio::test]
async fn each_call_asks_once_whatever_connections_there_were() {
    let scratch = Scratch::new(Engine::Postgres, &NOTHING).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = PgConnectOptions::from_str(&scratch.url).unwrap().get_port();
    let at = |port: u16| format!("127.0.0.1:{port}");
    let url = scratch.url.replace(&at(server), &listener.local_addr().unwrap().to_string());
    let ((came, counted), (trouble, troubled)) = (watch::channel(0), watch::channel(false));
    let mut gates = JoinSet::new();
    gates.spawn(gate(listener, server, came, troubled));
    let database = Database::open(&url, &NOTHING).await.unwrap();
    let several = [database.read().await, database.read().await, database.read().await];
    drop(several);
    read(&database).await.unwrap();

    trouble.send(true).unwrap();
    let mut before = *counted.borrow();
    for _ in 0..2 {
        read(&database).await.unwrap_err();
        assert_eq!(*counted.borrow(), before + 1, "read");
        write(&database).await.unwrap_err();
        assert_eq!(*counted.borrow(), before + 2, "write");
        transact(&database).await.unwrap_err();
        before += 3;
        assert_eq!(*counted.borrow(), before, "transaction");
    }
    trouble.send(false).unwrap();
    read(&database).await.unwrap();
}
