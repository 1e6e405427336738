//! Binds a document's servers before anything else runs, and serves them until the end.

use std::rc::Rc;

use tokio::sync::watch;

use super::address::{self, FreePort};
use super::event_sink::EventSink;
use super::execution::{Execution, Purpose, becomes_true};
use super::plan::fill;
use super::secret_buffer::HoldUntil;
use super::{BlockInfo, News, select};
use crate::diagnostic::Diagnostic;
use crate::document::Block;
use crate::protocol::SessionOutcome;
use crate::script::{Options, Scope, Script, Value};
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
    for (index, block, script) in run.plan.servers() {
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

async fn bind<'a>(
    run: &Execution<'a>,
    index: usize,
    block: &'a Block,
    script: &Rc<Script>,
) -> Result<Option<ListeningServer<'a>>, Diagnostic> {
    let info = run.info(index, block);
    let scope = Rc::new(Scope::over(&run.plan.scope));
    let generator = run.generator(index);
    let filling = fill(&scope, &generator, &*run.plan.files);
    let (options, wrong) = Options::read(script, &filling);
    if let Some(reason) = &options.skip {
        run.skipped(info, reason);
        return Ok(None);
    }
    let in_document = |span| block.body.span(span);
    if let Some(wrong) = wrong.into_iter().find(Diagnostic::is_error) {
        let span = in_document(wrong.span);
        return Err(Diagnostic { span, ..wrong });
    }
    let free = filling
        .text(&script.url)
        .is_ok_and(|url| address::asks_for_free_port(&url.value));
    let until = server_holds(run, script);
    let sink = run.sink(&info, &options, until, script, &scope);
    let environment = run.environment(scope, generator, &options, &sink);
    let address = match run.purpose {
        Purpose::Run => None,
        Purpose::Serve(address) => address,
    };
    let open = options.admission.auth.is_empty();
    let network = &*run.network.listen;
    let (options, environment) = (Rc::new(options), Rc::new(environment));
    let script = Rc::clone(script);
    let server = server::bind(&block.name, script, options, environment, network, address)
        .await
        .map_err(|failure| Diagnostic {
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
    let [url, port] = select::place_names(&block.name);
    let scope = &run.plan.scope;
    scope.set(url, Value::Text(listening.url.clone()));
    scope.set(port, Value::Text(listening.port.to_string()));
    run.trusted
        .borrow_mut()
        .extend(listening.certificate.clone());
    if free {
        run.ports.borrow_mut().push(FreePort {
            server: block.name.clone(),
            url: listening.url.clone(),
            port: listening.port,
        });
    }
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
