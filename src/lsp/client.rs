//! What the editor at the other end can do, as it says when the session begins; and what we can.

use serde_json::{Value, json};

use super::lenses::{RUN, RUN_ALL, SERVE, STOP};
use super::line_table::PositionEncoding;
use super::paint;

/// What the editor can do.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a capability of the protocol"
)]
pub(super) struct ClientFeatures {
    pub(super) encoding: PositionEncoding,
    /// Edits of the buffer that we ask for.
    pub(super) apply_edit: bool,
    /// Edits that hold for one version of a document.
    pub(super) versioned_edits: bool,
    pub(super) progress: bool,
    pub(super) snippets: bool,
    pub(super) nested_symbols: bool,
    pub(super) lens_refresh: bool,
}

impl ClientFeatures {
    /// Reads `initialize`'s parameters.
    pub(super) fn of(params: &Value) -> Self {
        let capabilities = params.get("capabilities").unwrap_or(&Value::Null);
        let has = |path: &str| capabilities.pointer(path).and_then(Value::as_bool) == Some(true);
        let offered = capabilities.pointer("/general/positionEncodings");
        let offered = offered.and_then(Value::as_array);
        Self {
            encoding: PositionEncoding::chosen(offered.map_or(&[], Vec::as_slice)),
            apply_edit: has("/workspace/applyEdit"),
            versioned_edits: has("/workspace/workspaceEdit/documentChanges"),
            progress: has("/window/workDoneProgress"),
            snippets: has("/textDocument/completion/completionItem/snippetSupport"),
            nested_symbols: has("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            lens_refresh: has("/workspace/codeLens/refreshSupport"),
        }
    }
}

/// What we can do.
pub(super) fn abilities(encoding: PositionEncoding) -> Value {
    json!({
        "capabilities": {
            "positionEncoding": encoding.name(),
            "textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
            "completionProvider": {"triggerCharacters": ["/", "@", "{", "$", " ", "-", "<", ">"]},
            "hoverProvider": true,
            "definitionProvider": true,
            "referencesProvider": true,
            "documentHighlightProvider": true,
            "renameProvider": {"prepareProvider": true},
            "documentSymbolProvider": true,
            "foldingRangeProvider": true,
            "documentFormattingProvider": true,
            "codeActionProvider": {"codeActionKinds": ["quickfix"]},
            "codeLensProvider": {"resolveProvider": false},
            "executeCommandProvider": {
                "commands": [RUN, RUN_ALL, SERVE, STOP],
                "workDoneProgress": true,
            },
            "semanticTokensProvider": {
                "legend": {"tokenTypes": paint::legend(), "tokenModifiers": []},
                "full": {"delta": true},
                "range": true,
            },
        },
        "serverInfo": {"name": "voiden", "version": env!("CARGO_PKG_VERSION")},
    })
}

/// `initializationOptions` as what stands on the command line: `{"env": "staging", "var": {"USER": "ann"}}` is
/// `--env=staging --var=USER=ann`. Names may be spelled as JavaScript does: `envFile`.
///
/// # Errors
/// A sentence: something in it is none of these.
pub(super) fn arguments(options: &Value) -> Result<Vec<String>, String> {
    let Some(options) = options.as_object() else {
        return match options {
            Value::Null => Ok(Vec::new()),
            _ => Err("the options of the server are not an object".to_owned()),
        };
    };
    let mut arguments = Vec::new();
    for (name, value) in options {
        let option = format!("--{}", hyphened(name));
        let scalar = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let wrong = || format!("`{name}` takes a text, a number, a list or an object of them");
        match value {
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => arguments.push(option),
            Value::Array(values) => {
                for value in values {
                    let value = scalar(value).ok_or_else(wrong)?;
                    arguments.push(format!("{option}={value}"));
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    let value = scalar(value).ok_or_else(wrong)?;
                    arguments.push(format!("{option}={key}={value}"));
                }
            }
            value => {
                let value = scalar(value).ok_or_else(wrong)?;
                arguments.push(format!("{option}={value}"));
            }
        }
    }
    Ok(arguments)
}

/// `envFile` as `env-file`.
fn hyphened(name: &str) -> String {
    let mut hyphened = String::with_capacity(name.len());
    for next in name.chars() {
        if next.is_ascii_uppercase() {
            hyphened.push('-');
        }
        hyphened.push(next.to_ascii_lowercase());
    }
    hyphened.replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_arguments() {
        let options = json!({
            "env": "staging",
            "envFile": ["a.env", "b.env"],
            "var": {"USER": "ann", "N": 3},
            "allow_env": ["HOME"],
            "seed": 7,
            "insecure": true,
            "timeout": null,
            "quiet": false,
        });
        assert_eq!(
            arguments(&options).unwrap(),
            [
                "--env=staging",
                "--env-file=a.env",
                "--env-file=b.env",
                "--var=USER=ann",
                "--var=N=3",
                "--allow-env=HOME",
                "--seed=7",
                "--insecure",
            ]
        );
        assert_eq!(arguments(&Value::Null), Ok(Vec::new()));
        for wrong in [
            json!([]),
            json!("x"),
            json!({"var": [[]]}),
            json!({"var": {"A": {}}}),
        ] {
            assert!(arguments(&wrong).is_err(), "{wrong}");
        }
    }
}
