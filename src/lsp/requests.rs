//! What is answered at once: each request about a document, by what `check` and `fmt` know of it.

use serde_json::{Value, json};

use super::buffer::{Buffer, uri};
use super::completion::{CompletionRequest, complete};
use super::message::RpcError;
use super::names::{Occurrence, occurrences};
use super::server::LanguageServer;
use super::{buffer, fixes, hover, lenses, paint, rename, symbols};
use crate::document::{Document, Edit};
use crate::runner::{Settings, role, tidy_text};
use crate::script::{TokenClass, tokens};
use crate::source::Source;

/// The options that the front matter gives all blocks.
pub(super) fn defaults(document: &Document) -> Vec<(String, String)> {
    let options = document.front_matter.options.iter();
    let pairs = options.map(|option| (option.name.clone(), option.value.clone()));
    pairs.collect()
}

/// The names of a document.
fn names(buffer: &mut Buffer, settings: &Settings) -> Vec<Occurrence> {
    let document = &buffer.checked(settings).document;
    occurrences(document, &defaults(document))
}

impl LanguageServer {
    /// The answer to a request about a document; `None`: it is not one.
    pub(super) fn about_document(
        &mut self,
        method: &str,
        params: &Value,
    ) -> Option<Result<Value, RpcError>> {
        let answer = match method {
            "textDocument/completion" => Self::completion,
            "textDocument/hover" => Self::hover,
            "textDocument/definition" => Self::definition,
            "textDocument/references" => Self::references,
            "textDocument/documentHighlight" => Self::highlights,
            "textDocument/prepareRename" => Self::prepare_rename,
            "textDocument/rename" => Self::rename,
            "textDocument/documentSymbol" => Self::symbols,
            "textDocument/foldingRange" => Self::folds,
            "textDocument/formatting" => Self::format,
            "textDocument/codeAction" => Self::actions,
            "textDocument/codeLens" => Self::lenses,
            "textDocument/semanticTokens/full"
            | "textDocument/semanticTokens/full/delta"
            | "textDocument/semanticTokens/range" => Self::paint,
            _ => return None,
        };
        Some(answer(self, params))
    }

    /// The open document that a request is about.
    fn buffer(&mut self, params: &Value) -> Result<(&mut Buffer, &Settings), RpcError> {
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str);
        let uri = uri.ok_or_else(|| RpcError::params("textDocument.uri"))?;
        let buffer = self.buffers.get_mut(uri);
        let buffer = buffer
            .ok_or_else(|| RpcError::new(RpcError::INVALID_PARAMS, "the document is not open"))?;
        Ok((buffer, &self.settings))
    }

    /// The same with the place in it.
    fn place(&mut self, params: &Value) -> Result<(&mut Buffer, &Settings, usize), RpcError> {
        let (buffer, settings) = self.buffer(params)?;
        let offset = params
            .get("position")
            .and_then(|place| buffer.offset(place));
        let offset = offset.ok_or_else(|| RpcError::params("position"))?;
        Ok((buffer, settings, offset))
    }

    fn completion(&mut self, params: &Value) -> Result<Value, RpcError> {
        let snippets = self.features.snippets;
        let (buffer, settings, offset) = self.place(params)?;
        let checked = buffer.checked(settings).clone();
        let request = CompletionRequest {
            buffer,
            document: &checked.document,
            origins: &checked.origins,
            defaults: &defaults(&checked.document),
            snippets,
        };
        Ok(complete(&request, offset))
    }

    fn hover(&mut self, params: &Value) -> Result<Value, RpcError> {
        let (buffer, settings, offset) = self.place(params)?;
        let names = names(buffer, settings);
        let checked = buffer.checked(settings).clone();
        let (document, origins) = (&checked.document, &checked.origins);
        Ok(hover::hover(buffer, document, origins, &names, offset))
    }

    fn definition(&mut self, params: &Value) -> Result<Value, RpcError> {
        let (buffer, settings, offset) = self.place(params)?;
        let names = names(buffer, settings);
        if let Some(name) = rename::at(&names, offset) {
            let found = rename::definitions(&names, &name.symbol);
            return Ok(found.map(|found| location(buffer, found)).collect());
        }
        let document = &buffer.checked(settings).document;
        let file = file_at(document, offset).and_then(|file| {
            let folder = buffer::path(&buffer.uri)?;
            Some(folder.parent()?.join(file))
        });
        let start = json!({"line": 0, "character": 0});
        let location = |path: std::path::PathBuf| json!([{"uri": uri(&path), "range": {"start": start, "end": start}}]);
        Ok(file
            .filter(|path| path.is_file())
            .map_or(Value::Null, location))
    }

    fn references(&mut self, params: &Value) -> Result<Value, RpcError> {
        let declarations = params.pointer("/context/includeDeclaration");
        let declarations = declarations.and_then(Value::as_bool) != Some(false);
        let (buffer, settings, offset) = self.place(params)?;
        let names = names(buffer, settings);
        let Some(name) = rename::at(&names, offset) else {
            return Ok(json!([]));
        };
        let found = rename::same(&names, &name.symbol);
        let found = found.filter(|found| declarations || !found.defines);
        Ok(found.map(|found| location(buffer, found)).collect())
    }

    fn highlights(&mut self, params: &Value) -> Result<Value, RpcError> {
        let (buffer, settings, offset) = self.place(params)?;
        let names = names(buffer, settings);
        let Some(name) = rename::at(&names, offset) else {
            return Ok(json!([]));
        };
        let found = rename::same(&names, &name.symbol).map(|found| {
            let kind = if found.defines { 3 } else { 2 };
            json!({"range": buffer.range(found.span), "kind": kind})
        });
        Ok(found.collect())
    }

    fn prepare_rename(&mut self, params: &Value) -> Result<Value, RpcError> {
        let (buffer, settings, offset) = self.place(params)?;
        let names = names(buffer, settings);
        Ok(match rename::renamable(&names, offset)? {
            None => Value::Null,
            Some(name) => {
                json!({"range": buffer.range(name.span), "placeholder": name.symbol.name()})
            }
        })
    }

    fn rename(&mut self, params: &Value) -> Result<Value, RpcError> {
        let new = params.get("newName").and_then(Value::as_str);
        let new = new.ok_or_else(|| RpcError::params("newName"))?.to_owned();
        let features = self.features;
        let (buffer, settings, offset) = self.place(params)?;
        let defaults = defaults(&buffer.checked(settings).document);
        let edits = rename::rename(buffer, settings, &defaults, offset, new.trim())?;
        Ok(workspace_edit(buffer, &edits, features.versioned_edits))
    }

    fn symbols(&mut self, params: &Value) -> Result<Value, RpcError> {
        let nested = self.features.nested_symbols;
        let (buffer, settings) = self.buffer(params)?;
        let document = buffer.checked(settings).document.clone();
        Ok(symbols::symbols(buffer, &document.blocks, nested))
    }

    fn folds(&mut self, params: &Value) -> Result<Value, RpcError> {
        let (buffer, settings) = self.buffer(params)?;
        let document = buffer.checked(settings).document.clone();
        Ok(symbols::folds(buffer, &document.blocks))
    }

    fn format(&mut self, params: &Value) -> Result<Value, RpcError> {
        let (buffer, _) = self.buffer(params)?;
        let tidied = tidy_text(Source::new("", buffer.text.as_str()));
        if tidied.is_refused() {
            return Err(RpcError::failed(
                "a document with errors is left as it is: mend them first",
            ));
        }
        let edit = difference(&buffer.text, &tidied.text);
        Ok(edit.iter().map(|edit| buffer.text_edit(edit)).collect())
    }

    fn actions(&mut self, params: &Value) -> Result<Value, RpcError> {
        let only = params.pointer("/context/only").and_then(Value::as_array);
        let wants = |kind: &Value| matches!(kind.as_str(), Some("quickfix" | ""));
        if only.is_some_and(|only| !only.iter().any(wants)) {
            return Ok(json!([]));
        }
        let versioned = self.features.versioned_edits;
        let (buffer, settings) = self.buffer(params)?;
        let range = params.get("range");
        let within = range.and_then(|range| buffer.lines.span(&buffer.text, range));
        let within = within.ok_or_else(|| RpcError::params("range"))?;
        let told = fixes::told(buffer.checked(settings));
        let edit = |edits: &[Edit]| workspace_edit(buffer, edits, versioned);
        Ok(fixes::actions(buffer, &told, within, &edit))
    }

    fn lenses(&mut self, params: &Value) -> Result<Value, RpcError> {
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str);
        let is_busy = self.runs.values().any(|run| Some(run.uri.as_str()) == uri);
        let (buffer, settings) = self.buffer(params)?;
        let document = buffer.checked(settings).document.clone();
        Ok(lenses::lenses(buffer, &document.blocks, is_busy))
    }

    fn paint(&mut self, params: &Value) -> Result<Value, RpcError> {
        let (buffer, settings) = self.buffer(params)?;
        let document = buffer.checked(settings).document.clone();
        let defaults = defaults(&document);
        if let Some(range) = params.get("range") {
            let span = buffer.lines.span(&buffer.text, range);
            let span = span.ok_or_else(|| RpcError::params("range"))?;
            return Ok(paint::paint_range(buffer, &document, &defaults, span));
        }
        let known = params.get("previousResultId").and_then(Value::as_str);
        Ok(paint::paint(buffer, &document, &defaults, known))
    }
}

fn location(buffer: &Buffer, name: &Occurrence) -> Value {
    json!({"uri": buffer.uri, "range": buffer.range(name.span)})
}

/// The path that stands at a place.
fn file_at(document: &Document, offset: usize) -> Option<String> {
    let block = buffer::block_at(document, offset)?;
    let body = block.body.text();
    let role = role(block.kind);
    let here = |span: crate::source::Span| {
        let span = block.body.span(span);
        span.start <= offset && offset <= span.end
    };
    let tokens = tokens(body, role, &[]).into_iter();
    let token = tokens
        .filter(|token| token.class == TokenClass::File)
        .find(|token| here(token.span))?;
    let text = body.get(token.span.start..token.span.end)?;
    Some(text.trim_start_matches('@').to_owned())
}

/// Edits of one document as the protocol has them: of the version that they were made for, where the editor knows that.
pub(super) fn workspace_edit(buffer: &Buffer, edits: &[Edit], versioned: bool) -> Value {
    let edits: Vec<Value> = edits.iter().map(|edit| buffer.text_edit(edit)).collect();
    if versioned {
        let document = json!({"uri": buffer.uri, "version": buffer.version});
        return json!({"documentChanges": [{"textDocument": document, "edits": edits}]});
    }
    json!({"changes": {buffer.uri.as_str(): edits}})
}

/// What turns one text into another: whole lines, from the first that differs to the last.
fn difference(before: &str, after: &str) -> Option<Edit> {
    if before == after {
        return None;
    }
    let lines =
        |text: &str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (old, new) = (lines(before), lines(after));
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other);
    let head = head.count();
    let tail = old.iter().rev().zip(new.iter().rev());
    let most = old.len().min(new.len()) - head;
    let tail = tail
        .take(most)
        .take_while(|(one, other)| one == other)
        .count();
    let length = |lines: &[String]| lines.iter().map(String::len).sum::<usize>();
    let start = length(old.get(..head)?);
    let end = before.len() - length(old.get(old.len() - tail..)?);
    Some(Edit {
        span: crate::source::Span::new(start, end),
        text: new.get(head..new.len() - tail)?.concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::splice;

    #[test]
    fn a_difference_is_of_whole_lines_and_no_more() {
        for (before, after, changed) in [
            ("a\nb\nc\n", "a\nB\nc\n", "b\n"),
            ("a\n", "a\nb\n", ""),
            ("a\na\n", "a\n", "a\n"),
            ("", "x", ""),
            ("x", "", "x"),
        ] {
            let edit = difference(before, after).unwrap();
            assert_eq!(before.get(edit.span.start..edit.span.end), Some(changed));
            assert_eq!(splice(before, &[edit]), after);
        }
        assert_eq!(difference("a", "a"), None);
    }
}
