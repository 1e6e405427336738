//! The values that names stand for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use tokio::sync::Notify;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A variable: text from front matter, an env file or the command line.
    Text(String),
    /// A value that was kept, always with its JSON type: its JSON as it came, not a digit lost. What was kept inside
    /// quotes, text or XML is a JSON string.
    Json(String),
}

impl Value {
    /// A kept string.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::Json(serde_json::Value::from(text).to_string())
    }

    /// As it is inserted outside of JSON: of a JSON string what it spells, else as it stands.
    #[must_use]
    pub fn as_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(json) => {
                serde_json::from_str::<String>(json).unwrap_or_else(|_| json.clone())
            }
        }
    }
}

/// Names and their values, over those of a parent: a later value hides an earlier one.
#[derive(Debug, Default)]
pub struct Scope {
    own: RefCell<BTreeMap<String, Value>>,
    parent: Option<Rc<Scope>>,
    changed: Notify,
}

impl Scope {
    /// An empty scope over another.
    #[must_use]
    pub fn over(parent: &Rc<Self>) -> Self {
        Self {
            own: RefCell::default(),
            parent: Some(Rc::clone(parent)),
            changed: Notify::new(),
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
        self.own.borrow().get(name).cloned()
    }

    /// Sets a name in this scope.
    pub fn set(&self, name: impl Into<String>, value: Value) {
        match self.own.borrow_mut().entry(name.into()) {
            Entry::Occupied(same) if *same.get() == value => return,
            Entry::Occupied(mut other) => drop(other.insert(value)),
            Entry::Vacant(new) => drop(new.insert(value)),
        }
        self.changed.notify_waiters();
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
            .map(|(name, value)| (name.clone(), value.clone()))
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
