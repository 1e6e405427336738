//! Binds a document's servers before anything else runs, and serves them until the end.

use std::rc::Rc;

use tokio::sync::watch;

use super::address::{self, FreePort};
use super::event_sink::EventSink;
use super::execution::{Execution, Purpose, becomes_true};
use super::secret_buffer::HoldUntil;
use super::target::Unmeasured;
use super::{BlockInfo, News, select};
use crate::diagnostic::Diagnostic;
use crate::document::Block;
use crate::protocol::SessionOutcome;
use crate::script::{Fill, Options, Scope, Script, Value};
use crate::server::{self, Server};

/// A server that listens, and what its events go through.
pub(super) struct ListeningServer<'a> {
    server: Server,
    block: &'a Block,
    info: BlockInfo,
    sink: Rc<EventSink>,
}

impl<'a> ListeningServer<'a> {
    /// Serves until the end, and gives what is left to do then.
    pub(super) async fn serve(self, ended: watch::Receiver<bool>) -> EndedServer<'a> {
        EndedServer {
            outcome: self.server.serve(becomes_true(ended)).await,
            block: self.block,
            info: self.info,
            sink: self.sink,
        }
    }
}

/// A server that has ended.
pub(super) struct EndedServer<'a> {
    outcome: SessionOutcome,
    block: &'a Block,
    info: BlockInfo,
    sink: Rc<EventSink>,
}

/// Binds the servers that a plan has chosen; nothing has connected where one of them cannot listen.
pub(super) async fn bind_servers<'a>(
    run: &Execution<'a>,
) -> Result<Vec<ListeningServer<'a>>, Diagnostic> {
    let mut bound = Vec::new();
    let mut waiting: Vec<_> = run.plan.servers().collect();
    while !waiting.is_empty() {
        // One that shares another's port comes behind it.
        let next = waiting
            .iter()
            .position(|(_, _, script)| !awaits_another(run, script, &waiting));
        let (index, block, script) = waiting.remove(next.unwrap_or(0));
        if let Some(server) = bind(run, index, block, script).await? {
            bound.push(server);
        }
    }
    for server in &bound {
        run.tell_ports(&server.sink);
    }
    if !bound.is_empty() && run.has_no_clients() {
        remark(
            run,
            "its servers have no clients to serve; `voiden serve` runs servers alone",
        );
    }
    Ok(bound)
}

/// Whether a server needs the place of one that does not listen yet.
fn awaits_another(
    run: &Execution<'_>,
    script: &Script,
    waiting: &[(usize, &Block, &Rc<Script>)],
) -> bool {
    let needs = script.needs();
    let places = waiting
        .iter()
        .flat_map(|(_, block, _)| select::place_names(&block.name));
    let mut missing = places.filter(|name| run.plan.scope.get(name).is_none());
    missing.any(|name| needs.contains(&name))
}

async fn bind<'a>(
    run: &Execution<'a>,
    index: usize,
    block: &'a Block,
    script: &Rc<Script>,
) -> Result<Option<ListeningServer<'a>>, Diagnostic> {
    let info = run.info(index, block);
    let scope = Rc::new(Scope::over(&run.plan.scope));
    let generator = run.generator(index);
    let filling = Fill::new(&scope, &generator, &*run.plan.files);
    let (options, wrong) = Options::read(script, &filling);
    if let Some(reason) = &options.skip {
        run.skipped(info, reason);
        return Ok(None);
    }
    let in_document = |span| block.body.span(span);
    if let Some(wrong) = wrong.into_iter().find(Diagnostic::is_error) {
        return Err(wrong.in_source(&block.body));
    }
    let free = filling
        .text(&script.url)
        .is_ok_and(|url| address::asks_for_free_port(&url.value));
    let until = server_holds(run, script);
    let sink = run.sink(&info, &options, until, script, &scope);
    let mut environment = run.environment(scope, generator, &options, &sink);
    if run.purpose == Purpose::Load {
        environment.listen = Rc::new(|_| {});
        environment.measure = Some(Rc::new(Unmeasured));
    }
    let address = match run.purpose {
        Purpose::Run | Purpose::Load => None,
        Purpose::Serve(address) => address,
    };
    let open = options.admission.auth.is_empty();
    let network = &*run.network.listen;
    let (options, environment) = (Rc::new(options), Rc::new(environment));
    let script = Rc::clone(script);
    let bound = server::bind(
        &block.name,
        script,
        options,
        environment,
        network,
        address,
        &run.listening,
    );
    let server = bound.await.map_err(|failure| Diagnostic {
        hint: failure.hint,
        ..Diagnostic::error(in_document(failure.span), failure.reason)
    })?;
    listens(run, &info, block, &server, free);
    if open && address.is_some_and(|address| !address.is_loopback()) {
        let sentence = format!(
            "`{}` lets in everyone who can reach it: it has no @auth",
            info.name
        );
        remark(run, &sentence);
    }
    Ok(Some(ListeningServer {
        server,
        block,
        info,
        sink,
    }))
}

/// Makes a server's place known.
fn listens(run: &Execution<'_>, info: &BlockInfo, block: &Block, server: &Server, free: bool) {
    let listening = server.listening();
    let web = listening.origin.replacen("ws", "http", 1);
    let url = listening.is_fixed.then(|| listening.url.clone());
    let port = Some(listening.port.to_string());
    let places = [url, port, Some(web), Some(listening.origin.clone())];
    for (name, place) in select::place_names(&block.name).into_iter().zip(places) {
        if let Some(place) = place {
            run.plan.scope.set(name, Value::Text(place));
        }
    }
    run.trusted
        .borrow_mut()
        .extend(listening.certificate.clone());
    let mut ports = run.ports.borrow_mut();
    if free || ports.iter().any(|port| port.port == listening.port) {
        ports.push(FreePort {
            server: block.name.clone(),
            url: listening.is_fixed.then(|| listening.url.clone()),
            origin: listening.origin.clone(),
            port: listening.port,
        });
    }
    drop(ports);
    run.occupants.borrow_mut().push(server.occupants());
    let url = run.plan.redactor.borrow().text(&listening.url);
    run.voice.tell(&News::Listening {
        block: info,
        url: &url,
    });
}

fn remark(run: &Execution<'_>, sentence: &str) {
    let sentence = &run.plan.redactor.borrow().text(sentence);
    let fatal = false;
    run.voice.tell(&News::Remark { sentence, fatal });
}

/// Finishes servers in the order of the document, whichever of them ended first.
pub(super) fn finish_served(run: &Execution<'_>, mut served: Vec<EndedServer<'_>>) {
    served.sort_by_key(|served| served.info.index);
    for served in served {
        run.finish(served.info, served.block, &served.sink, &served.outcome);
    }
}

/// A secret that a client tells may have passed through a server before.
fn server_holds(run: &Execution<'_>, script: &Script) -> HoldUntil {
    let announces = |(_, _, script): (_, _, &Rc<Script>)| !script.announced().is_empty();
    if run.purpose == Purpose::Run && run.plan.clients().any(announces) {
        return HoldUntil::TheEnd;
    }
    if script.announced().is_empty() {
        HoldUntil::Now
    } else {
        HoldUntil::KnownByEach
    }
}
