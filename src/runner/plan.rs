//! A document's text → what there is to do, and everything that is wrong with it, before anything connects.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;

use super::defaults::defaults;
use super::disk;
use super::folder::{Folder, sentence};
use super::parsed::{ParsedBlock, ParsedScripts, role};
use super::select::{Candidate, Wanted, partly_visited, place_names, select};
use super::variables::{self, Variables};
use super::{NameGlobs, Named, Origin, Settings, missing, routes, secrets};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::dial::bad_files;
use crate::document::{self, Block, BlockKind, Document};
use crate::redact::Redactor;
use crate::script::{self, Fill, Generator, Known, Options, Scope, Script, Template};
use crate::server;
use crate::source::Source;

/// What there is to do in one document.
pub(super) struct Plan {
    /// The path to open.
    pub(super) path: PathBuf,
    /// Whether there is a file, which transcripts are written into.
    pub(super) is_file: bool,
    /// The text as it was read.
    pub(super) source: Source,
    /// Its blocks.
    pub(super) document: Document,
    /// The real folder that it lies in, if it lies in one.
    pub(super) folder: Option<PathBuf>,
    /// The options of its front matter, and those that are given besides.
    pub(super) defaults: Vec<(String, String)>,
    /// What each block says.
    pub(super) scripts: Vec<Rc<Script>>,
    /// The blocks to run, ascending.
    pub(super) chosen: Vec<usize>,
    /// Variables; servers' places and kept values are set here.
    pub(super) scope: Rc<Scope>,
    /// Secrets that are known.
    pub(super) redactor: Rc<RefCell<Redactor>>,
    /// Files that bodies and options name.
    pub(super) files: Rc<Folder>,
    /// Where variables come from.
    pub(super) origins: Vec<Origin>,
    /// Sentences about env files.
    pub(super) warnings: Vec<String>,
    /// What is wrong, in order of place.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Servers whose transcripts would tell only a part: not all of their clients run.
    pub(super) partial: BTreeSet<usize>,
}

impl Plan {
    /// Whether nothing may run.
    pub(super) fn is_refused(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The fixed ports that servers will want, as far as their URLs are known.
    pub(super) fn fixed_ports(&self) -> BTreeSet<SocketAddr> {
        if self.is_refused() {
            return BTreeSet::new();
        }
        let generator = RefCell::new(Generator::repeating());
        let fill = Fill::new(&self.scope, &generator, &*self.files);
        let runs = |script: &Script| script.options.iter().all(|line| line.name.text != "skip");
        let servers = self.servers();
        servers
            .filter(|(_, _, script)| runs(script))
            .filter_map(|(_, _, script)| server::place(&fill.text(&script.url).ok()?.value))
            .filter(|place| place.port() != 0)
            .collect()
    }

    /// The servers to run with their scripts, in order.
    pub(super) fn servers(&self) -> impl Iterator<Item = (usize, &Block, &Rc<Script>)> {
        self.with_scripts(BlockKind::is_server)
    }

    /// The blocks to run that are not servers, with their scripts, in order.
    pub(super) fn clients(&self) -> impl Iterator<Item = (usize, &Block, &Rc<Script>)> {
        self.with_scripts(|kind| !kind.is_server())
    }

    fn with_scripts(
        &self,
        fits: impl Fn(BlockKind) -> bool,
    ) -> impl Iterator<Item = (usize, &Block, &Rc<Script>)> {
        self.chosen.iter().filter_map(move |index| {
            let block = self.document.blocks.get(*index)?;
            let script = self.scripts.get(*index)?;
            fits(block.kind).then_some((*index, block, script))
        })
    }
}

/// Reads a document's text.
///
/// # Errors
/// A sentence without the document's name.
pub(super) fn read(named: &Named) -> Result<Source, String> {
    if let Some(text) = &named.text {
        return Ok(Source::new(named.shown.clone(), text.to_string()));
    }
    let metadata = disk::metadata(&named.path).map_err(|error| sentence(&error))?;
    // A pipe would be waited for, and nothing can be written back to it.
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let bytes = disk::read(&named.path).map_err(|error| sentence(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        format!("it is not UTF-8 (line {line})")
    })?;
    Ok(Source::new(named.shown.clone(), text))
}

/// Reads, parses and plans a document.
///
/// # Errors
/// A sentence without the document's name.
pub(super) fn plan_named(
    named: &Named,
    wanted: Wanted<'_>,
    settings: &Settings,
) -> Result<Plan, String> {
    let source = read(named)?;
    let document = document::parse(source.text());
    plan(named, source, document, wanted, settings)
}

/// Plans a document.
///
/// # Errors
/// A sentence without the document's name: an env file cannot be read, or a block that was asked for is not there.
pub(super) fn plan(
    named: &Named,
    source: Source,
    document: Document,
    wanted: Wanted<'_>,
    settings: &Settings,
) -> Result<Plan, String> {
    let scripts = &mut ParsedScripts::default();
    plan_with(named, source, document, wanted, settings, scripts)
}

/// The same with the scripts that were parsed for the last plan of the document.
///
/// # Errors
/// As [`plan`].
pub(super) fn plan_with(
    named: &Named,
    source: Source,
    document: Document,
    wanted: Wanted<'_>,
    settings: &Settings,
    scripts: &mut ParsedScripts,
) -> Result<Plan, String> {
    let folder = named.folder()?;
    let files = match &folder {
        Some(folder) => Folder::new(folder, settings.file_root.as_deref())
            .map_err(|error| format!("its folder: {}", sentence(&error)))?,
        None => Folder::nowhere(),
    };
    let variables = variables::gather(&document.front_matter, folder.as_deref(), settings)?;
    let (defaults, mut diagnostics) = defaults(&document.front_matter, settings);
    diagnostics.extend(document.diagnostics.iter().cloned());
    scripts.begin(defaults.clone());
    let parsed: Vec<Rc<ParsedBlock>> = document
        .blocks
        .iter()
        .map(|block| scripts.parse(block.body.text(), role(block.kind)))
        .collect();
    // Who runs the document gives its secrets: who checks it need not know them.
    let given_later: BTreeSet<String> = if let Wanted::Checked(_) = wanted {
        let secrets = document.front_matter.secrets.iter();
        secrets.map(|(name, _)| name.clone()).collect()
    } else {
        BTreeSet::new()
    };
    let (chosen, partial) = choose(wanted, settings, &source, &document, &parsed)?;
    for index in &chosen {
        if let (Some(block), Some(parsed)) = (document.blocks.get(*index), parsed.get(*index)) {
            diagnostics.extend(mapped(block, &parsed.diagnostics));
        }
    }
    let redactor = redactor(&variables.secrets);
    let mut plan = Plan {
        path: named.path.clone(),
        is_file: named.text.is_none(),
        folder,
        defaults,
        scripts: parsed
            .iter()
            .map(|parsed| Rc::clone(&parsed.script))
            .collect(),
        scope: variables.scope.clone(),
        redactor: Rc::new(RefCell::new(redactor)),
        files: Rc::new(files),
        origins: Vec::new(),
        warnings: Vec::new(),
        source,
        document,
        chosen,
        diagnostics,
        partial,
    };
    plan.check(&given_later, &parsed);
    plan.judge_secrets(&variables, &given_later);
    plan.origins = variables.origins;
    plan.warnings = variables.warnings;
    plan.diagnostics
        .sort_by_key(|diagnostic| (diagnostic.span, !diagnostic.is_error()));
    plan.diagnostics.dedup();
    Ok(plan)
}

/// The blocks to run, and the servers that not all of their clients visit then.
fn choose(
    wanted: Wanted<'_>,
    settings: &Settings,
    source: &Source,
    document: &Document,
    parsed: &[Rc<ParsedBlock>],
) -> Result<(Vec<usize>, BTreeSet<usize>), String> {
    let blocks = &document.blocks;
    // Where all are wanted it does not matter what each of them needs.
    if wanted.is_of_all() && settings.only.is_none() {
        return Ok(((0..blocks.len()).collect(), BTreeSet::new()));
    }
    let candidates = blocks.iter().zip(parsed);
    let candidates: Vec<_> = candidates
        .map(|(block, parsed)| Candidate::new(source, block, &parsed.script))
        .collect();
    let only = settings.only.as_ref().map(NameGlobs::set);
    let chosen = select(wanted, only, &candidates)?;
    let partial = if chosen.len() < candidates.len() {
        partly_visited(&chosen, &candidates)
    } else {
        BTreeSet::new()
    };
    Ok((chosen, partial))
}

fn redactor(secrets: &[(String, String)]) -> Redactor {
    let mut redactor = Redactor::default();
    for (name, value) in secrets {
        redactor.add(name, value);
    }
    redactor
}

/// Diagnostics of a block's text, in its document.
pub(super) fn mapped<'a>(
    block: &'a Block,
    diagnostics: &'a [Diagnostic],
) -> impl Iterator<Item = Diagnostic> + use<'a> {
    let diagnostics = diagnostics.iter().cloned();
    diagnostics.map(|diagnostic| diagnostic.in_source(&block.body))
}

impl Plan {
    /// Checks the chosen blocks, each with the names that earlier ones keep.
    fn check(&mut self, given_later: &BTreeSet<String>, parsed: &[Rc<ParsedBlock>]) {
        let mut kept: BTreeSet<String> = self
            .servers()
            .flat_map(|(_, block, script)| {
                let [url, places @ ..] = place_names(&block.name);
                let url = script.has_fixed_path().then_some(url);
                url.into_iter().chain(places)
            })
            .chain(given_later.iter().cloned())
            .collect();
        let mut found = self.check_routes();
        let servers = self.servers();
        for (index, block, script) in servers.chain(self.clients()) {
            // What is not run need not be ready to run.
            let skipped = script.options.iter().any(|line| line.name.text == "skip");
            if let Some(parsed) = parsed.get(index).filter(|_| !skipped) {
                let check = || self.check_block(block, script, &kept);
                found.extend(parsed.checked(&self.scope, &kept, check));
            }
            if !block.kind.is_server() {
                kept.extend(script.keeps());
            }
        }
        self.diagnostics.extend(found);
    }

    /// Servers that share a port.
    fn check_routes(&self) -> Vec<Diagnostic> {
        let generator = RefCell::new(Generator::repeating());
        let filled = |template: &Template, scope: &Scope| {
            let filled = Fill::new(scope, &generator, &*self.files).text(template);
            Some(filled.ok()?.value)
        };
        routes::check(self.servers(), &Scope::over(&self.scope), &filled)
    }

    fn check_block(
        &self,
        block: &Block,
        script: &Script,
        kept: &BTreeSet<String>,
    ) -> Vec<Diagnostic> {
        let known = Known {
            scope: &self.scope,
            kept,
            files: &*self.files,
        };
        let mut diagnostics = script::check(script, &known);
        missing::open_environment(&mut diagnostics, block.body.text(), script, &self.scope);
        diagnostics.extend(self.bad_files(script));
        mapped(block, &diagnostics).collect()
    }

    /// What is wrong with the files that options name.
    fn bad_files(&self, script: &Script) -> Vec<Diagnostic> {
        if self.files.is_nowhere() {
            return self.files_from_nowhere(script);
        }
        let (options, _) = self.options(script, &self.scope);
        bad_files(&self.files.tls(&options))
            .into_iter()
            .filter_map(|bad| {
                let line = script
                    .options
                    .iter()
                    .find(|line| line.name.text == bad.option)?;
                Some(Diagnostic::error(line.value.span, bad.reason).hint(bad.hint))
            })
            .collect()
    }

    /// Options that name a file, in a document that lies in no folder.
    fn files_from_nowhere(&self, script: &Script) -> Vec<Diagnostic> {
        let named = script.options.iter();
        let named =
            named.filter(|line| matches!(line.name.text.as_str(), "cacert" | "cert" | "key"));
        let why = self.files.leaves();
        named
            .map(|line| {
                let message = format!("its file cannot be read: {}", why.reason);
                Diagnostic::error(line.value.span, message).hint(why.hint)
            })
            .collect()
    }

    /// Reads options with the values of a scope; of generated values only their shape counts.
    pub(super) fn options(&self, script: &Script, scope: &Scope) -> (Options, Vec<Diagnostic>) {
        let generator = RefCell::new(Generator::repeating());
        let fill = Fill::new(scope, &generator, &*self.files);
        Options::read(script, &fill)
    }

    /// Tells of secrets typed in clear and of names that are no variable's, and has values that the document calls
    /// secret announced where they are kept.
    fn judge_secrets(&mut self, variables: &Variables, given_later: &BTreeSet<String>) {
        if !self.document.front_matter.secrets.is_empty() {
            self.judge_declared(given_later);
        }
        let typed = secrets::in_clear(self.source.text(), &self.document, &variables.secrets);
        self.diagnostics.extend(typed);
    }

    /// Judges the names that the document calls secret.
    fn judge_declared(&mut self, given_later: &BTreeSet<String>) {
        let declared = &self.document.front_matter.secrets;
        let names: BTreeSet<String> = declared.iter().map(|(name, _)| name.clone()).collect();
        let mut known = self.scope.names();
        known.extend(self.scripts.iter().flat_map(|script| script.keeps()));
        let used = self.scripts.iter().flat_map(|script| script.needs());
        known.extend(used.filter(|name| given_later.contains(name)));
        for (name, span) in declared.iter().filter(|(name, _)| !known.contains(name)) {
            let message = format!("the secret `{name}` has no value, and no block keeps one");
            let warning = Diagnostic::warning(*span, message);
            let near = nearest(name, known.iter().map(String::as_str));
            self.diagnostics.push(match near {
                Some(near) => warning.hint(Cure::meant(near)),
                None => warning,
            });
        }
        for script in &mut self.scripts {
            secrets::announce(Rc::make_mut(script), &names);
        }
    }
}
