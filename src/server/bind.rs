//! A server: bound where its URL says, and served until it is stopped.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::accept::ArrivedRequest;
use super::admission::AdmissionRules;
use super::clients::{ConnectedClients, Occupants};
use super::clocks::start_shared;
use super::listener::Listen;
use super::port::{Port, SharedPorts};
use super::running::RunningServer;
use super::tls::Acceptor;
use crate::handshake::push_header;
use crate::interpreter::Environment;
use crate::interpreter::context::{BlockContext, failure, unfilled};
use crate::interpreter::task_set::TaskSet;
use crate::protocol::{
    Address, Bytes, Failure, FailureKind, PathPattern, SessionOutcome, Url, UrlFamily,
};
use crate::script::{Options, Script};
use crate::source::Span;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The real URL, with the port that was taken.
    pub url: String,
    /// The same up to its path.
    pub origin: String,
    /// Whether the URL can be connected to: its path has no `{name}` and no `*`.
    pub is_fixed: bool,
    /// The port.
    pub port: u16,
    /// The throw-away certificate of a `wss://` server with no `@cert`, in DER.
    pub certificate: Option<Bytes>,
}

/// A server that listens, and serves once it is asked to.
pub struct Server {
    listening: Listening,
    port: Rc<Port>,
    queue: UnboundedReceiver<ArrivedRequest>,
    rules: AdmissionRules,
    clients: Rc<ConnectedClients>,
    script: Rc<Script>,
    options: Rc<Options>,
    environment: Rc<Environment>,
}

/// Binds a server's address: the one of its URL where that is a loopback one, or `address`. A port that another server of
/// the document has is shared.
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
    ports: &SharedPorts,
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
    let path = url.resource.split('?').next().unwrap_or_default();
    let path = PathPattern::parse(path).map_err(|fault| fail(fault.reason))?;
    let headers = headers(&script, &environment)?;
    let shared = ports.find(place).filter(|_| place.port() != 0);
    let port = match shared {
        Some(port) if port.is_secure() == url.secure => port,
        Some(_) => {
            return Err(fail(format!(
                "another server of the document has the port {}, and one of the two speaks TLS",
                place.port()
            )));
        }
        None => {
            let listening = network.listen(place).await;
            let incoming = listening.map_err(|error| cannot_listen(place, &error, span))?;
            let acceptor = url.secure.then(|| acceptor(host, &environment));
            ports.add(incoming, acceptor.transpose().map_err(fail)?)
        }
    };
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
    let origin = format!("{scheme}://{host}:{}", port.address.port());
    let listening = Listening {
        url: format!("{origin}{}", url.resource),
        origin,
        is_fixed: path.is_fixed(),
        port: port.address.port(),
        certificate: port.certificate(),
    };
    let clients = Rc::default();
    let requests = script.requests();
    let requests = requests
        .map(|(_, method, path)| (method.to_owned(), path.clone()))
        .collect();
    let rules = AdmissionRules {
        name: name.to_owned(),
        path: path.clone(),
        headers,
        auth: options.admission.auth.clone(),
        origins: options.admission.origins.clone(),
        subprotocols: options.subprotocols.clone(),
        subprotocol_optional: options.subprotocol_optional,
        compress: options.compress,
    };
    Ok(Server {
        listening,
        queue: port.share(path, requests, &clients),
        port,
        rules,
        clients,
        script,
        options,
        environment,
    })
}

/// The header lines of a head, which go with every answer.
fn headers(script: &Script, environment: &Environment) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    for header in &script.headers {
        let value = environment.fill().text(&header.value).map_err(unfilled)?;
        // It is checked to be one line: nothing else can be added to an answer by it.
        push_header(&mut String::new(), &header.name, &value.value)
            .map_err(|error| failure(header.span, error.reason))?;
        headers.push((header.name.clone(), value.value));
    }
    Ok(headers)
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
        kind: FailureKind::default(),
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
        let server = RunningServer::new(&block, self.clients, self.rules);
        let (port, mut queue) = (self.port, self.queue);
        let open = async {
            let incoming = port.incoming();
            let listening = async {
                match &incoming {
                    Some(incoming) => server.listen(&port, &**incoming).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop => {}
                () = block.interrupted() => {}
                () = listening => {}
                () = server.receive(&mut queue) => {}
            }
        };
        tasks.beside(open).await;
        let closing = async {
            tokio::select! {
                biased;
                () = server.close() => {}
                // One who was about to come in is told.
                () = server.receive(&mut queue) => {}
            }
        };
        tasks.beside(closing).await;
        SessionOutcome {
            failure: block.failure(),
            took: block.now(),
            interrupted: false,
        }
    }
}
