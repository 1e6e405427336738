//! Listening: where a server's connections come from. The machine's TCP here; whoever hands in another kind has no
//! need of a network.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::dial::Io;

/// Opens doors.
pub trait Listen {
    /// Listens at an address; port 0 takes a free one.
    fn listen(&self, address: SocketAddr) -> LocalBoxFuture<'_, io::Result<Box<dyn Doors>>>;
}

/// A place where clients come in.
pub trait Doors {
    /// The address with the port that was taken.
    fn address(&self) -> SocketAddr;
    /// The next client.
    fn accept(&self) -> LocalBoxFuture<'_, Box<dyn Io>>;
}

/// Listens on the machine's network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Listen for Tcp {
    fn listen(&self, address: SocketAddr) -> LocalBoxFuture<'_, io::Result<Box<dyn Doors>>> {
        Box::pin(async move {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok(Box::new(TcpDoors { listener, address }) as Box<dyn Doors>)
        })
    }
}

struct TcpDoors {
    listener: TcpListener,
    address: SocketAddr,
}

/// How long to wait after the system had no descriptor for another connection: some may be given back meanwhile.
const BREATH: Duration = Duration::from_millis(50);

impl Doors for TcpDoors {
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
