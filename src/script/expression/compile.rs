//! Source → program: which filters there are, what is wrong with a source, and what it needs from outside.

use std::collections::BTreeSet;

use jaq_core::compile::Undefined;
use jaq_core::load::lex::{Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{Def, Term};
use jaq_core::load::{self, Arena, File, Loader};

use super::filters::{PRELUDE, funs};
use super::machine::{Machine, Program};
use super::refused::{at, lex_error, load_error, undefined_error};
use super::run::{deeply, shallowly};
use super::split::term;
use super::times::with_calls;
use crate::diagnostic::Diagnostic;
use crate::script::Name;
use crate::source::Span;

/// Variables that are not from outside.
pub(super) const BUILT_IN: [&str; 13] = [
    "text",
    "size",
    "wire",
    "format",
    "elapsed",
    "handshake",
    "previous",
    "message",
    "client",
    "clientCount",
    "index",
    "instance",
    "request",
];

/// The definition that a source with a `*` becomes.
const MAIN: &str = "voiden_expression";

/// Expressions are lines of text; the parser goes down a level for every few characters.
const LONGEST: usize = 16 * 1024;

/// Up to so many bytes there is stack enough for the parser everywhere.
const SHALLOW: usize = 128;

/// What lets a program go round: nothing else feeds its outputs back to it.
const LOOPS: [&str; 8] = [
    "reduce", "foreach", "def", "recurse", "repeat", "while", "until", "range",
];

/// A program, the variables that it needs from outside, and what it asks for besides.
type Compiled = (Program, Vec<Name>, Vec<Name>);

/// Compiles a source that stands at `span`.
pub(super) fn compile(source: &str, span: Span) -> Result<Compiled, Diagnostic> {
    if source.is_empty() {
        return Err(Diagnostic::error(span, "an expression is missing")
            .hint("write what must hold, as in `.price > 0`"));
    }
    if source.len() > LONGEST {
        return Err(Diagnostic::error(
            span,
            format!("this expression is longer than {LONGEST} bytes"),
        ));
    }
    let compiled = on_its_stack(source, || compile_here(source, span));
    compiled.unwrap_or_else(|error| Err(Diagnostic::error(span, error)))
}

/// Does something that goes as deep as a source is nested, on a stack that has room for that.
///
/// # Errors
/// A sentence: there is no such stack, or it panicked.
pub(super) fn on_its_stack<T: Send>(
    source: &str,
    work: impl Fn() -> T + Sync,
) -> Result<T, String> {
    if source.len() <= SHALLOW {
        shallowly(work)
    } else {
        deeply(|_| work())
    }
}

fn compile_here(source: &str, span: Span) -> Result<Compiled, Diagnostic> {
    let tokens = Lexer::new(source)
        .lex()
        .map_err(|errors| lex_error(errors.first(), source, span))?;
    if let Some(token) = tokens
        .iter()
        .find(|token| ["import", "include", "module"].contains(&token.0))
    {
        return Err(at(
            token.0,
            source,
            span,
            "an expression cannot load modules",
        ));
    }
    // Compiled without any variable, a program tells which ones it misses.
    let arena = Arena::default();
    let (globals, needs, asks) = match build(&arena, source, &[]) {
        Ok(filter) => {
            let globals = Vec::new();
            return Ok((program(filter, globals, &tokens), Vec::new(), Vec::new()));
        }
        Err(BuildError::Load(error)) => return Err(load_error(&error, source, span)),
        Err(BuildError::Undefined(missing)) => variables(&missing, source, span)?,
    };
    let names: Vec<String> = globals.iter().map(|name| format!("${name}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let filter = build(&arena, source, &names)
        .map_err(|_| Diagnostic::error(span, "this expression cannot be compiled"))?;
    Ok((program(filter, globals, &tokens), needs, asks))
}

fn program(
    filter: jaq_core::Filter<Machine>,
    globals: Vec<String>,
    tokens: &[Token<&str>],
) -> Program {
    Program {
        filter,
        globals,
        loops: mentions(tokens, &LOOPS),
        draws: mentions(tokens, &["uuid"]),
        signs: mentions(tokens, &["jwt_hs256"]),
        varies: mentions(tokens, &["uuid", "now"]),
    }
}

enum BuildError<'s> {
    Load(load::Error<&'s str>),
    Undefined(Vec<(&'s str, Undefined)>),
}

/// Builds a program with those filters of the prelude that it comes to, and no others: all of them take 80 KB, and a
/// document may have thousands of expressions.
fn build<'s>(
    arena: &'s Arena,
    source: &'s str,
    globals: &[&'s str],
) -> Result<jaq_core::Filter<Machine>, BuildError<'s>> {
    let mut wanted = BTreeSet::new();
    loop {
        let missing = match build_with(&wanted, arena, source, globals) {
            Err(BuildError::Undefined(missing)) => missing,
            done => return done,
        };
        let before = wanted.len();
        let is_filter = |undefined: &Undefined| matches!(undefined, Undefined::Filter(_));
        let filters = missing.iter().filter(|(_, undefined)| is_filter(undefined));
        let defined = |name: &&str| PRELUDE.iter().any(|def| def.name == *name);
        wanted.extend(filters.map(|(name, _)| *name).filter(defined));
        if wanted.len() == before {
            return Err(BuildError::Undefined(missing));
        }
    }
}

fn build_with<'s>(
    wanted: &BTreeSet<&str>,
    arena: &'s Arena,
    source: &'s str,
    globals: &[&'s str],
) -> Result<jaq_core::Filter<Machine>, BuildError<'s>> {
    let prelude = PRELUDE.iter().filter(|def| wanted.contains(def.name));
    let main = with_ours(source).map(|body| Def {
        name: MAIN,
        args: Vec::new(),
        body,
    });
    let file = File {
        code: main.as_ref().map_or(source, |main| main.name),
        path: (),
    };
    let modules = Loader::new(prelude.cloned().chain(main))
        .load(arena, file)
        .map_err(|errors| {
            let first = errors.into_iter().next().map(|(_, error)| error);
            BuildError::Load(first.unwrap_or(load::Error::Io(Vec::new())))
        })?;
    jaq_core::Compiler::default()
        .with_funs(funs())
        .with_global_vars(globals.iter().copied())
        .compile(modules)
        .map_err(|errors| {
            BuildError::Undefined(errors.into_iter().flat_map(|(_, errors)| errors).collect())
        })
}

/// What has a filter of ours in its place.
const OURS: [&str; 5] = ["*", "+", "\\(", "?", "try"];

/// The term of a source with ours in it. A loader takes no terms but those of definitions.
fn with_ours(source: &str) -> Option<Term<&str>> {
    if !OURS.iter().any(|mark| source.contains(mark)) {
        return None;
    }
    term(source).map(with_calls)
}

/// The names of global variables, those of them that come from outside, and those that are built in.
type MissingNames = (Vec<String>, Vec<Name>, Vec<Name>);

/// The global variables that a program misses.
fn variables(
    missing: &[(&str, Undefined)],
    source: &str,
    span: Span,
) -> Result<MissingNames, Diagnostic> {
    let mut globals: Vec<String> = Vec::new();
    let (mut needs, mut asks) = (Vec::new(), Vec::new());
    for (symbol, undefined) in missing {
        let Undefined::Var = undefined else {
            return Err(undefined_error(symbol, undefined, source, span));
        };
        let name = symbol.trim_start_matches('$');
        if name == "ENV" {
            return Err(at(
                symbol,
                source,
                span,
                "the environment is closed to expressions",
            )
            .hint("`$env.NAME` is a variable that `--allow-env NAME` opens"));
        }
        if !globals.iter().any(|known| known == name) {
            globals.push(name.to_owned());
        }
        if BUILT_IN.contains(&name) {
            asks.push(Name {
                text: name.to_owned(),
                span: Span::from(load::span(source, symbol)).shift(span.start),
            });
        } else {
            needs.push(need(symbol, source, span));
        }
    }
    Ok((globals, needs, asks))
}

/// `$chat.url`: the name with the members that follow it.
fn need(symbol: &str, source: &str, span: Span) -> Name {
    let range = load::span(source, symbol);
    let mut end = range.end;
    while let Some(rest) = source.get(end..).and_then(|rest| rest.strip_prefix('.')) {
        let length = rest
            .find(|char: char| !char.is_ascii_alphanumeric() && char != '_')
            .unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|char: char| char.is_ascii_digit()) {
            break;
        }
        end += 1 + length;
    }
    let text = source.get(range.start..end).unwrap_or(symbol);
    Name {
        text: text.trim_start_matches('$').to_owned(),
        span: Span::new(range.start, end).shift(span.start),
    }
}

/// Whether one of these words stands anywhere among the tokens.
fn mentions(tokens: &[Token<&str>], words: &[&str]) -> bool {
    tokens.iter().any(|Token(text, token)| match token {
        Tok::Word => words.contains(text),
        Tok::Block(tokens) => mentions(tokens, words),
        Tok::Str(parts) => parts.iter().any(|part| match part {
            StrPart::Term(token) => mentions(std::slice::from_ref(token), words),
            StrPart::Str(_) | StrPart::Char(_) => false,
        }),
        _ => false,
    })
}
