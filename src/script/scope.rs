//! The values that names stand for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use tokio::sync::Notify;

use crate::protocol::Bytes;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A variable: text from front matter, an env file or the command line.
    Text(String),
    /// A value that was kept, always with its JSON type: its JSON as it came, not a digit lost. What was kept inside
    /// quotes, text or XML is a JSON string.
    Json(String),
    /// Bytes that an expression made.
    Bytes(Bytes),
}

impl Value {
    /// A kept string.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::Json(serde_json::Value::from(text).to_string())
    }

    /// As texts may hold it: bytes that are not UTF-8 as hexadecimal digits and in base64.
    #[must_use]
    pub fn spellings(&self) -> Vec<String> {
        match self {
            Self::Bytes(bytes) if std::str::from_utf8(bytes).is_err() => {
                let digit = |byte: &u8| format!("{byte:02x}");
                let digits: String = bytes.iter().map(digit).collect();
                vec![
                    digits.to_uppercase(),
                    digits,
                    STANDARD_NO_PAD.encode(bytes),
                    URL_SAFE_NO_PAD.encode(bytes),
                ]
            }
            value => vec![value.as_text()],
        }
    }

    /// As it is inserted outside of JSON: of a JSON string what it spells, of bytes their UTF-8, else as it stands.
    #[must_use]
    pub fn as_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(json) => {
                serde_json::from_str::<String>(json).unwrap_or_else(|_| json.clone())
            }
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

/// Names and their values, over those of a parent: a later value hides an earlier one.
#[derive(Debug, Default)]
pub struct Scope {
    own: RefCell<BTreeMap<String, ScopeEntry>>,
    parent: Option<Rc<Scope>>,
    /// The names that are set in this scope; all others are set in the parent. `None`: all.
    private: Option<BTreeSet<String>>,
    /// Whether what is set here is set in the parent too.
    shares: bool,
    changed: Notify,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ScopeEntry {
    value: Value,
    /// Whether it is the same in each run: computed from nothing that changes.
    steady: bool,
}

impl Scope {
    /// An empty scope over another.
    #[must_use]
    pub fn over(parent: &Rc<Self>) -> Self {
        Self {
            own: RefCell::default(),
            parent: Some(Rc::clone(parent)),
            ..Self::default()
        }
    }

    /// An empty scope over another, in which only these names are set.
    #[must_use]
    pub fn beside(parent: &Rc<Self>, private: BTreeSet<String>) -> Self {
        Self {
            private: Some(private),
            ..Self::over(parent)
        }
    }

    /// An empty scope over another, in which everything is set as well.
    #[must_use]
    pub fn sharing(parent: &Rc<Self>) -> Self {
        Self {
            shares: true,
            ..Self::over(parent)
        }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        let own = self.get_own(name);
        own.or_else(|| self.parent.as_ref()?.get(name))
    }

    /// The value of a name that was set in this very scope.
    #[must_use]
    pub fn get_own(&self, name: &str) -> Option<Value> {
        let own = self.own.borrow();
        Some(own.get(name)?.value.clone())
    }

    /// Sets a name.
    pub fn set(&self, name: impl Into<String>, value: Value) {
        let steady = matches!(value, Value::Text(_));
        self.put(name.into(), ScopeEntry { value, steady });
    }

    /// Sets a name to what is the same in each run.
    pub fn set_steady(&self, name: impl Into<String>, value: Value) {
        let steady = true;
        self.put(name.into(), ScopeEntry { value, steady });
    }

    fn put(&self, name: String, entry: ScopeEntry) {
        if self.shares
            && let Some(parent) = &self.parent
        {
            parent.put(name.clone(), entry.clone());
        } else if let (Some(private), Some(parent)) = (&self.private, &self.parent) {
            if !private.contains(&name) {
                return parent.put(name, entry);
            }
            // What comes behind finds the last one's.
            parent.put(name.clone(), entry.clone());
        }
        if self.own.borrow().get(&name) == Some(&entry) {
            return;
        }
        self.own.borrow_mut().insert(name, entry);
        self.changed.notify_waiters();
    }

    /// Whether a name's value may be another one in the next run.
    #[must_use]
    pub fn varies(&self, name: &str) -> bool {
        match (self.own.borrow().get(name), &self.parent) {
            (Some(entry), _) => !entry.steady,
            (None, Some(parent)) => parent.varies(name),
            (None, None) => false,
        }
    }

    /// Sets what is set in this very scope in another one too, if `keeps` says so of its name.
    pub fn hand_over(&self, to: &Self, keeps: impl Fn(&str) -> bool) {
        for (name, entry) in &*self.own.borrow() {
            if keeps(name) {
                to.put(name.clone(), entry.clone());
            }
        }
    }

    /// Returns once a value of this very scope has become another. To be made before looking, and awaited after.
    pub fn changed(&self) -> impl Future<Output = ()> + '_ {
        self.changed.notified()
    }

    /// The names set in this very scope, with their values, in order of name.
    #[must_use]
    pub fn own(&self) -> Vec<(String, Value)> {
        self.own
            .borrow()
            .iter()
            .map(|(name, entry)| (name.clone(), entry.value.clone()))
            .collect()
    }

    /// All names that have a value here, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = self
            .parent
            .as_ref()
            .map(|parent| parent.names())
            .unwrap_or_default();
        names.extend(self.own.borrow().keys().cloned());
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_value_hides_an_earlier_one() {
        let outer = Rc::new(Scope::default());
        outer.set("a", Value::Text("1".into()));
        outer.set("b", Value::Text("2".into()));
        let inner = Scope::over(&outer);
        inner.set("a", Value::Json("3".into()));
        inner.set("c", Value::Json("4".into()));
        assert_eq!(inner.get("a"), Some(Value::Json("3".into())));
        assert_eq!(outer.get("a"), Some(Value::Text("1".into())));
        assert_eq!(inner.get("b"), Some(Value::Text("2".into())));
        assert_eq!(inner.get("d"), None);
        assert_eq!(inner.names(), ["a", "b", "c"]);
        assert_eq!(inner.own().len(), 2);
    }

    #[test]
    fn text_of_a_value() {
        let cases = [
            (Value::Text("\"q\"".into()), "\"q\""),
            (Value::string("a \"b\"\n"), "a \"b\"\n"),
            (Value::Json("1.10".into()), "1.10"),
            (Value::Json("{\"a\":1}".into()), "{\"a\":1}"),
            (Value::Json("null".into()), "null"),
        ];
        for (value, text) in cases {
            assert_eq!(value.as_text(), text);
        }
    }
}
