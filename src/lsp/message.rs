//! Requests, notifications and answers of JSON-RPC, as values and back. Knows no method.

use serde_json::{Value, json};

/// What a client sends.
#[derive(Debug)]
pub(super) enum ClientMessage {
    /// It wants an answer.
    Request {
        /// A number or a string.
        id: Value,
        method: String,
        params: Value,
    },
    /// It wants none.
    Notification { method: String, params: Value },
    /// It answers a request of ours.
    Answer {
        id: Value,
        result: Result<Value, Value>,
    },
    /// It is none of these; the id, where it has one.
    Invalid { id: Value },
}

impl ClientMessage {
    pub(super) fn of(mut message: Value) -> Self {
        let mut take = |name: &str| message.get_mut(name).map(Value::take);
        let id = take("id").filter(|id| id.is_number() || id.is_string());
        let params = take("params").unwrap_or_default();
        let method = match take("method") {
            Some(Value::String(method)) => Some(method),
            Some(_) => {
                let id = id.unwrap_or_default();
                return Self::Invalid { id };
            }
            None => None,
        };
        let (result, error) = (take("result"), take("error"));
        match (method, id) {
            (Some(method), Some(id)) => Self::Request { id, method, params },
            (Some(method), None) => Self::Notification { method, params },
            (None, Some(id)) if result.is_some() || error.is_some() => Self::Answer {
                id,
                result: match error.filter(|error| !error.is_null()) {
                    Some(error) => Err(error),
                    None => Ok(result.unwrap_or_default()),
                },
            },
            (None, id) => Self::Invalid {
                id: id.unwrap_or_default(),
            },
        }
    }
}

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RpcError {
    pub(super) code: i32,
    pub(super) sentence: String,
}

impl RpcError {
    pub(super) const PARSE_ERROR: i32 = -32700;
    pub(super) const INVALID_REQUEST: i32 = -32600;
    pub(super) const METHOD_NOT_FOUND: i32 = -32601;
    pub(super) const INVALID_PARAMS: i32 = -32602;
    pub(super) const NOT_INITIALIZED: i32 = -32002;
    pub(super) const CANCELLED: i32 = -32800;
    pub(super) const FAILED: i32 = -32803;

    pub(super) fn new(code: i32, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }

    /// The parameters are not what the method takes.
    pub(super) fn params(what: &str) -> Self {
        Self::new(Self::INVALID_PARAMS, format!("the parameters lack {what}"))
    }

    /// It cannot be done.
    pub(super) fn failed(sentence: impl Into<String>) -> Self {
        Self::new(Self::FAILED, sentence)
    }
}

/// The answer to a request.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers make it for this alone"
)]
pub(super) fn answer(id: Value, result: Result<Value, RpcError>) -> Value {
    match result {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(RpcError { code, sentence }) => json!({
            "jsonrpc": "2.0",
            "id": id,
            "error": {"code": code, "message": sentence},
        }),
    }
}

/// A notification of ours.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers make it for this alone"
)]
pub(super) fn notification(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

/// A request of ours.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers make it for this alone"
)]
pub(super) fn request(id: &Value, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}
