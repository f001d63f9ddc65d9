//! A cable that can be pulled: a TCP proxy in front of a real server.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes everything on to a server, until it is cut.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Where to connect instead.
    pub port: u16,
    whole: Arc<watch::Sender<bool>>,
}

impl Proxy {
    /// A proxy before the server on this port of this machine.
    #[must_use]
    pub fn before(server: u16) -> Self {
        let (whole, watched) = watch::channel(true);
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                pass(&listener, SocketAddr::from((Ipv4Addr::LOCALHOST, server)), &watched).await;
            });
        });
        Self { port: told.recv().unwrap(), whole: Arc::new(whole) }
    }

    /// Ends all connections, and lets no new one through.
    pub fn cut(&self) {
        self.whole.send(false).unwrap();
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send(true).unwrap();
    }
}

async fn pass(listener: &TcpListener, server: SocketAddr, whole: &watch::Receiver<bool>) {
    let tasks = tokio_util::task::TaskTracker::new();
    while let Ok((mut client, _)) = listener.accept().await {
        let mut whole = whole.clone();
        tasks.spawn(async move {
            if !*whole.borrow() {
                return;
            }
            let Ok(mut server) = TcpStream::connect(server).await else { return };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                _ = whole.wait_for(|whole| !whole) => {}
            }
        });
    }
}
