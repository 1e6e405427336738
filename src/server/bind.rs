//! A server: bound where its URL says, and served until it is stopped.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use super::admission::AdmissionRules;
use super::clients::{ConnectedClients, Occupants};
use super::clocks::start_shared;
use super::listener::{Incoming, Listen};
use super::running::RunningServer;
use super::tls::Acceptor;
use crate::interpreter::Environment;
use crate::interpreter::context::{BlockContext, failure, unfilled};
use crate::interpreter::task_set::TaskSet;
use crate::protocol::{Address, Bytes, Failure, SessionOutcome, Url, UrlFamily};
use crate::script::{Options, Script};
use crate::source::Span;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The real URL, with the port that was taken.
    pub url: String,
    /// The port.
    pub port: u16,
    /// The throw-away certificate of a `wss://` server with no `@cert`, in DER.
    pub certificate: Option<Bytes>,
}

/// A server that listens, and serves once it is asked to.
pub struct Server {
    listening: Listening,
    incoming: Box<dyn Incoming>,
    acceptor: Option<Acceptor>,
    rules: AdmissionRules,
    clients: Rc<ConnectedClients>,
    script: Rc<Script>,
    options: Rc<Options>,
    environment: Rc<Environment>,
}

/// Binds a server's address: the one of its URL where that is a loopback one, or `address`.
///
/// # Errors
/// A failure at the URL's place: the port is in use, or the URL or a certificate cannot be read.
pub async fn bind(
    name: &str,
    script: Rc<Script>,
    options: Rc<Options>,
    environment: Rc<Environment>,
    network: &dyn Listen,
    address: Option<IpAddr>,
) -> Result<Server, Failure> {
    let span = script.url.span;
    let fail = |reason: String| failure(span, reason);
    let filled = environment.fill().text(&script.url).map_err(unfilled)?;
    let url = Url::parse(&filled.value, UrlFamily::WebSocket).map_err(fail)?;
    let Address::Tcp { host, port } = &url.address else {
        return Err(fail(
            "a server listens on a TCP port: ws://127.0.0.1:0/".to_owned(),
        ));
    };
    let ip = address.unwrap_or_else(|| loopback(host));
    let place = SocketAddr::new(ip, *port);
    let incoming = network
        .listen(place)
        .await
        .map_err(|error| cannot_listen(place, &error, span))?;
    let port = incoming.address().port();
    let acceptor = url
        .secure
        .then(|| acceptor(host, &environment))
        .transpose()
        .map_err(fail)?;
    let certificate = acceptor
        .as_ref()
        .and_then(|acceptor| acceptor.certificate().cloned());
    let host = if ip.is_unspecified() {
        host.clone()
    } else {
        ip.to_string()
    };
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host
    };
    let scheme = if url.secure { "wss" } else { "ws" };
    let listening = Listening {
        url: format!("{scheme}://{host}:{port}{}", url.resource),
        port,
        certificate,
    };
    let path = url
        .resource
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    let rules = AdmissionRules {
        name: name.to_owned(),
        path,
        auth: options.admission.auth.clone(),
        origins: options.admission.origins.clone(),
        subprotocols: options.subprotocols.clone(),
        subprotocol_optional: options.subprotocol_optional,
        compress: options.compress,
    };
    Ok(Server {
        listening,
        incoming,
        acceptor,
        rules,
        clients: Rc::default(),
        script,
        options,
        environment,
    })
}

/// Where a server with this URL listens on loopback, port 0 for a free one; `None` where it cannot.
#[must_use]
pub fn place(url: &str) -> Option<SocketAddr> {
    match Url::parse(url, UrlFamily::WebSocket).ok()?.address {
        Address::Tcp { host, port } => Some(SocketAddr::new(loopback(&host), port)),
        Address::Unix(_) => None,
    }
}

fn acceptor(host: &str, environment: &Environment) -> Result<Acceptor, String> {
    match &environment.tls.cert {
        Some(cert) => Acceptor::from_files(cert, environment.tls.key.as_deref()),
        None => Acceptor::throw_away(host),
    }
}

fn loopback(host: &str) -> IpAddr {
    let address = host.trim_matches(['[', ']']).parse().ok();
    address
        .filter(IpAddr::is_loopback)
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn cannot_listen(place: SocketAddr, error: &std::io::Error, span: Span) -> Failure {
    let in_use = error.kind() == std::io::ErrorKind::AddrInUse;
    let reason = if in_use {
        format!("port {} is in use", place.port())
    } else {
        format!("cannot listen on {place}: {error}")
    };
    let hint =
        in_use.then(|| "port 0 takes a free one; `{{NAME.url}}` is the real URL then".to_owned());
    Failure {
        reason,
        hint,
        span,
        also: Vec::new(),
    }
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn listening(&self) -> &Listening {
        &self.listening
    }

    /// Its clients.
    #[must_use]
    pub fn occupants(&self) -> Occupants {
        Occupants(Rc::clone(&self.clients))
    }

    /// Serves until `stop` or an interrupt; clients that are still connected then are closed with 1001.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> SessionOutcome {
        let mut tasks = TaskSet::default();
        let block = BlockContext::new(
            Rc::clone(&self.script),
            Rc::clone(&self.options),
            Rc::clone(&self.environment),
            tasks.spawner(),
        );
        start_shared(&block, &self.clients);
        let server = RunningServer::new(&block, self.clients, self.rules, self.acceptor);
        let open = async {
            tokio::select! {
                biased;
                () = stop => {}
                () = block.interrupted() => {}
                () = server.receive(&*self.incoming) => {}
            }
        };
        tasks.beside(open).await;
        drop(self.incoming);
        tasks.beside(server.close()).await;
        SessionOutcome {
            failure: block.failure(),
            took: block.now(),
            interrupted: false,
        }
    }
}
