//! The `voiden:` mapping of YAML front matter. Knows YAML and the mapping's shape; knows neither which options there
//! are nor what their values mean.

use std::collections::HashSet;

use self::yaml::{YamlFault, YamlNode, YamlShape};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::source::Span;

mod yaml;

/// What front matter says to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrontMatter {
    /// `vars:`, in order. A number or a boolean is its text as written.
    pub vars: Vec<FrontMatterSetting>,
    /// `secrets:`, names with their places.
    pub secrets: Vec<(String, Span)>,
    /// Every other key: an option's default, once for each element of a list.
    pub options: Vec<FrontMatterSetting>,
}

/// A name, a value, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontMatterSetting {
    /// The name as written.
    pub name: String,
    /// The name's place in the document.
    pub name_span: Span,
    /// The value as text.
    pub value: String,
    /// The value's place in the document.
    pub span: Span,
}

/// What stands before the Markdown.
#[derive(Debug, Default)]
pub(super) struct Front {
    pub(super) ours: FrontMatter,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where the Markdown starts.
    pub(super) end: usize,
}

/// Reads the front matter of a document, if it has any. What is not under `voiden:` belongs to other tools.
pub(super) fn read(text: &str) -> Front {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let Some((inner, end)) = locate(text, start) else {
        return Front {
            end: start,
            ..Front::default()
        };
    };
    let mut reader = FrontMatterReader::default();
    let yaml = text.get(inner.start..inner.end).unwrap_or_default();
    if yaml.contains("voiden") {
        let (nodes, fault) = yaml::values_of("voiden", yaml, inner.start);
        if let Some(fault) = fault.filter(|_| yaml.lines().any(is_our_key)) {
            reader.fault(text, &fault);
        }
        reader.read(nodes);
    }
    Front {
        ours: reader.ours,
        diagnostics: reader.diagnostics,
        end,
    }
}

/// Whether a variable can be called so: ASCII letters, digits, `_`, `-` and dots, starting with a letter or `_`.
fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// The YAML between its fences, and where the Markdown goes on: what `pulldown-cmark` takes for a metadata block at
/// the start of a document.
fn locate(text: &str, start: usize) -> Option<(Span, usize)> {
    let mut lines = text.get(start..)?.split_inclusive('\n');
    let first = lines.next()?;
    if first.trim_ascii_end() != "---" {
        return None;
    }
    let inner = start + first.len();
    let mut at = inner;
    for line in lines {
        let closes = matches!(
            line.trim_end_matches(['\n', '\r']).trim_end_matches(' '),
            "---" | "..."
        );
        if at == inner && (closes || line.trim_ascii().is_empty()) {
            return None;
        }
        if closes {
            return Some((Span::new(inner, at), at + line.len()));
        }
        at += line.len();
    }
    None
}

fn is_our_key(line: &str) -> bool {
    line.strip_prefix("voiden")
        .is_some_and(|rest| rest.trim_start().starts_with(':'))
}

#[derive(Default)]
struct FrontMatterReader {
    ours: FrontMatter,
    diagnostics: Vec<Diagnostic>,
}

impl FrontMatterReader {
    fn error(&mut self, span: Span, message: impl Into<String>, hint: impl Into<Cure>) {
        self.diagnostics
            .push(Diagnostic::error(span, message).hint(hint));
    }

    fn fault(&mut self, text: &str, fault: &YamlFault) {
        let around = (fault.at.saturating_sub(1)..=fault.at).map(|at| text.as_bytes().get(at));
        let hint = match around.collect::<Vec<_>>().as_slice() {
            [_, Some(b'@')] => "options stand here without their `@`",
            [Some(b'\t'), _] | [_, Some(b'\t')] => "indent with blanks, not with tabs",
            _ => "put a value that has `: `, ` #`, `{`, `[` or `*` in it between quotes",
        };
        let message = format!("the front matter is not YAML: {}", fault.message);
        self.error(Span::at(fault.at), message, hint);
    }

    fn read(&mut self, nodes: Vec<(Span, YamlNode)>) {
        for (index, (key, node)) in nodes.into_iter().enumerate() {
            if index > 0 {
                self.error(
                    key,
                    "`voiden` stands here twice",
                    "put everything below the first one",
                );
                continue;
            }
            match node.shape {
                YamlShape::Mapping(entries) => self.entries(entries),
                _ if node.is_null() => {}
                _ => self.error(
                    node.span,
                    "`voiden` takes a mapping",
                    "write `vars:`, `secrets:` or options on indented lines below `voiden:`",
                ),
            }
        }
    }

    fn entries(&mut self, entries: Vec<(YamlNode, YamlNode)>) {
        for (name, name_span, node) in self.named(entries) {
            match name.as_str() {
                "vars" => self.vars(node),
                "secrets" => self.secrets(node),
                _ => self.option(&name, name_span, node),
            }
        }
    }

    /// The entries whose keys are names, each name once.
    fn named(&mut self, entries: Vec<(YamlNode, YamlNode)>) -> Vec<(String, Span, YamlNode)> {
        let mut seen = HashSet::new();
        let mut named = Vec::new();
        for (key, node) in entries {
            match key.shape {
                YamlShape::Scalar { text, .. } if seen.insert(text.clone()) => {
                    named.push((text, key.span, node));
                }
                YamlShape::Scalar { text, .. } => self.error(
                    key.span,
                    format!("`{text}` stands here twice"),
                    "leave one of them out; what may be repeated takes a list: `[one, two]`",
                ),
                _ => self.error(
                    key.span,
                    "a key has to be a name",
                    "write `name: value`; put a name or value with braces between quotes",
                ),
            }
        }
        named
    }

    fn vars(&mut self, node: YamlNode) {
        let entries = match node.shape {
            YamlShape::Mapping(entries) => entries,
            _ if node.is_null() => return,
            _ => {
                return self.error(
                    node.span,
                    "`vars` takes names and values",
                    "write `NAME: value` on indented lines below `vars:`",
                );
            }
        };
        for (name, name_span, node) in self.named(entries) {
            if !is_variable(&name) {
                self.bad_name(name_span, &name);
                continue;
            }
            match node.shape {
                YamlShape::Scalar { text, .. } => self.ours.vars.push(FrontMatterSetting {
                    name,
                    name_span,
                    value: text,
                    span: node.span,
                }),
                _ => self.error(
                    node.span,
                    format!("the value of `{name}` is not a single text or number"),
                    format!("put it between quotes: `{name}: '…'`"),
                ),
            }
        }
    }

    fn secrets(&mut self, node: YamlNode) {
        let names = match node.shape {
            YamlShape::List(names) => names,
            _ if node.is_null() => return,
            _ => {
                return self.error(
                    node.span,
                    "`secrets` takes a list of names",
                    "write `secrets: [NAME, OTHER]`",
                );
            }
        };
        for node in names {
            match node.shape {
                YamlShape::Scalar { text, .. } if is_variable(&text) => {
                    self.ours.secrets.push((text, node.span));
                }
                YamlShape::Scalar { text, .. } => self.bad_name(node.span, &text),
                _ => self.error(
                    node.span,
                    "a secret is named, not given, here",
                    "write its NAME alone; its value comes from `vars:`, an env file or `--secret`",
                ),
            }
        }
    }

    fn bad_name(&mut self, span: Span, name: &str) {
        self.error(
            span,
            format!("`{name}` is not a name of a variable"),
            "use letters, digits, `_`, `-` and dots, a letter or `_` first",
        );
    }

    fn option(&mut self, name: &str, name_span: Span, node: YamlNode) {
        let nodes = match node.shape {
            YamlShape::List(nodes) => nodes,
            _ => vec![node],
        };
        for node in nodes {
            let value = match node.shape {
                YamlShape::Scalar { text, plain: true } => match text.as_str() {
                    "false" | "False" | "FALSE" => continue,
                    "true" | "True" | "TRUE" => String::new(),
                    text if is_null(text) => String::new(),
                    _ => text,
                },
                YamlShape::Scalar { text, plain: false } => text,
                YamlShape::Mapping(_) if is_nearly_vars(name) => {
                    let message = format!("`{name}` takes no names with values");
                    self.error(name_span, message, Cure::meant("vars"));
                    continue;
                }
                _ => {
                    self.error(
                        node.span,
                        format!("the value of `{name}` is not a single text or number"),
                        format!(
                            "write `{name}: value`, or a list where it may be repeated; quote braces"
                        ),
                    );
                    continue;
                }
            };
            self.ours.options.push(FrontMatterSetting {
                name: name.to_owned(),
                name_span,
                value,
                span: node.span,
            });
        }
    }
}

/// Whether a key that names values was probably meant to be `vars`.
fn is_nearly_vars(key: &str) -> bool {
    let names = ["vars", "variables", "values", "environment"];
    nearest(key, names).is_some() || matches!(key, "env" | "let" | "set" | "define")
}

impl YamlNode {
    /// Whether nothing is there.
    fn is_null(&self) -> bool {
        matches!(&self.shape, YamlShape::Scalar { text, plain: true } if is_null(text))
    }
}

/// YAML 1.2, 10.3.2.
fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}
