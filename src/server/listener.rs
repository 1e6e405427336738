//! Listens for a server's connections: by the machine's TCP here; what is handed in instead of that has no
//! need of a network.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::dial::Io;

/// Opens incoming.
pub trait Listen {
    /// Listens at an address; port 0 takes a free one.
    fn listen(&self, address: SocketAddr) -> LocalBoxFuture<'_, io::Result<Box<dyn Incoming>>>;
}

/// A place where clients come in.
pub trait Incoming {
    /// The address with the port that was taken.
    fn address(&self) -> SocketAddr;
    /// The next client.
    fn accept(&self) -> LocalBoxFuture<'_, Box<dyn Io>>;
}

/// Listens on the machine's network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Listen for Tcp {
    fn listen(&self, address: SocketAddr) -> LocalBoxFuture<'_, io::Result<Box<dyn Incoming>>> {
        Box::pin(async move {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok(Box::new(TcpIncoming { listener, address }) as Box<dyn Incoming>)
        })
    }
}

struct TcpIncoming {
    listener: TcpListener,
    address: SocketAddr,
}

/// How long to wait after the system had no descriptor for another connection: some may be given back meanwhile.
const BREATH: Duration = Duration::from_millis(50);

impl Incoming for TcpIncoming {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn accept(&self) -> LocalBoxFuture<'_, Box<dyn Io>> {
        Box::pin(async move {
            loop {
                match self.listener.accept().await {
                    Ok((stream, _)) => {
                        // Without it a small message waits for the acknowledgement of the one before it.
                        let _ = stream.set_nodelay(true);
                        return Box::new(stream) as Box<dyn Io>;
                    }
                    Err(_) => sleep(BREATH).await,
                }
            }
        })
    }
}
