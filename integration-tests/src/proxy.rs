//! A cable that can be pulled: a TCP proxy in front of a real server.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes everything on to a server, until it is cut.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Where to connect instead.
    pub port: u16,
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    Cut,
    /// Requests arrive, and their answers are lost.
    Deaf,
}

impl Proxy {
    /// A proxy before the server on this port of this machine.
    #[must_use]
    pub fn before(server: u16) -> Self {
        Self::between(0, SocketAddr::from((Ipv4Addr::LOCALHOST, server)))
    }

    /// A proxy on this port of this machine, 0 for any that is free, before a server elsewhere.
    #[must_use]
    pub fn between(port: u16, server: SocketAddr) -> Self {
        let (state, watched) = watch::channel(State::Whole);
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                pass(&listener, server, &watched).await;
            });
        });
        Self { port: told.recv().unwrap(), state: Arc::new(state) }
    }

    /// Ends all connections, and lets no new one through.
    pub fn cut(&self) {
        self.state.send(State::Cut).unwrap();
    }

    /// Ends all connections. Of new ones the server hears what is said, and breaks them off where it
    /// would answer.
    pub fn lose_answers(&self) {
        self.state.send(State::Deaf).unwrap();
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.state.send(State::Whole).unwrap();
    }
}

async fn pass(listener: &TcpListener, server: SocketAddr, state: &watch::Receiver<State>) {
    let tasks = tokio_util::task::TaskTracker::new();
    while let Ok((mut client, _)) = listener.accept().await {
        let mut state = state.clone();
        tasks.spawn(async move {
            let now = *state.borrow();
            if now == State::Cut {
                return;
            }
            let Ok(mut server) = TcpStream::connect(server).await else { return };
            let passed = async {
                if now == State::Whole {
                    let _ended = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    return;
                }
                let (mut said, _) = client.split();
                let (mut answer, mut heard) = server.split();
                tokio::select! {
                    _ = tokio::io::copy(&mut said, &mut heard) => {}
                    _ = answer.read_u8() => {}
                }
            };
            tokio::select! {
                () = passed => {}
                _ = state.wait_for(|state| *state != now) => {}
            }
        });
    }
}
