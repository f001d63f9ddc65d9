//! A cable that can be pulled: a TCP proxy in front of a real server.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
    time::Duration,
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
        Self::start(0, SocketAddr::from((Ipv4Addr::LOCALHOST, server)), 1)
    }

    /// A proxy on this port of this machine before the service of a cluster. Like an ingress it tries
    /// another replica where one cannot be connected with.
    #[must_use]
    pub fn before_replicas(port: u16, service: SocketAddr) -> Self {
        Self::start(port, service, 10)
    }

    fn start(port: u16, server: SocketAddr, tries: u32) -> Self {
        let (state, watched) = watch::channel(State::Whole);
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                pass(&listener, server, tries, &watched).await;
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

async fn pass(
    listener: &TcpListener,
    server: SocketAddr,
    tries: u32,
    state: &watch::Receiver<State>,
) {
    let tasks = tokio_util::task::TaskTracker::new();
    while let Ok((mut client, _)) = listener.accept().await {
        let mut state = state.clone();
        tasks.spawn(async move {
            let now = *state.borrow();
            if now == State::Cut {
                return;
            }
            let Some(mut server) = connect(server, tries).await else { return };
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

async fn connect(server: SocketAddr, tries: u32) -> Option<TcpStream> {
    for pause in 0..tries {
        tokio::time::sleep(Duration::from_millis(50) * pause).await;
        if let Ok(server) = TcpStream::connect(server).await {
            return Some(server);
        }
    }
    None
}
