//! Reads info strings: whether a fence is one of ours, and what was probably meant if it is almost one.
//! Knows the four words of ours; knows nothing of what is fenced.

use std::collections::HashSet;

use crate::diagnostic::nearest;

/// Bytes of the longest slip of ours; an info string may be megabytes.
const LONGEST: usize = 64;

/// The first word of an info string and the rest, both trimmed.
pub(super) fn split(info: &str) -> (&str, &str) {
    let info = info.trim();
    match info.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (info, ""),
    }
}

/// The four kinds of fence that are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InfoKind {
    Client,
    Server,
    Http,
    Log,
}

impl InfoKind {
    const ALL: [Self; 4] = [Self::Client, Self::Server, Self::Http, Self::Log];

    /// The word that an info string of this kind starts with.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Client => "/wss",
            Self::Server => "/wss-server",
            Self::Http => "/http",
            Self::Log => "wss-log",
        }
    }

    /// The kind whose word this is.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind that was probably meant by this word; `None` if it means something else.
    pub(super) fn meant_by(word: &str) -> Option<Self> {
        if word.len() > LONGEST {
            return None;
        }
        let letters: String = word
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        match letters.as_str() {
            "ws" | "wss" | "websocket" | "websockets" => Some(Self::Client),
            "wsserver" | "wssserver" | "websocketserver" => Some(Self::Server),
            "wslog" | "wsslog" | "websocketlog" => Some(Self::Log),
            // Without its slash it is another tool's language.
            "http" if word.contains('/') => Some(Self::Http),
            _ => nearest(word, Self::ALL.map(Self::word))
                .and_then(Self::from_word)
                .filter(|kind| *kind != Self::Http || word.starts_with('/')),
        }
    }
}

/// Words of other tools' fences: a document has very many of a few.
#[derive(Default)]
pub(super) struct OtherWords(HashSet<String>);

impl OtherWords {
    /// Words that are remembered at most.
    const MOST: usize = 64;

    /// As [`InfoKind::meant_by`].
    pub(super) fn meant_by(&mut self, word: &str) -> Option<InfoKind> {
        if self.0.contains(word) {
            return None;
        }
        let meant = InfoKind::meant_by(word);
        if meant.is_none() && word.len() <= LONGEST && self.0.len() < Self::MOST {
            self.0.insert(word.to_owned());
        }
        meant
    }
}

/// Whether a server can be called so: its name is part of variables' names.
pub(super) fn is_server_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The nearest name that a server can have.
pub(super) fn as_server_name(name: &str) -> String {
    let mut made = String::new();
    for character in name.chars().take(40) {
        if character.is_ascii_alphanumeric() || character == '_' {
            made.push(character);
        } else if !made.is_empty() && !made.ends_with('-') {
            made.push('-');
        }
    }
    let made = made.trim_end_matches('-');
    if made.is_empty() { "chat" } else { made }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_languages() {
        let slips = [
            ("wss", InfoKind::Client),
            ("ws", InfoKind::Client),
            ("/ws", InfoKind::Client),
            ("/WSS", InfoKind::Client),
            ("{.wss}", InfoKind::Client),
            ("websocket", InfoKind::Client),
            ("WebSocket", InfoKind::Client),
            ("/wss:", InfoKind::Client),
            ("/wss-sever", InfoKind::Server),
            ("wss-server", InfoKind::Server),
            ("/wsserver", InfoKind::Server),
            ("/wss_server", InfoKind::Server),
            ("/wss-servers", InfoKind::Server),
            ("wss-logs", InfoKind::Log),
            ("/wss-log", InfoKind::Log),
            ("ws-log", InfoKind::Log),
            ("/HTTP", InfoKind::Http),
            ("/https", InfoKind::Http),
            ("/htp", InfoKind::Http),
            ("{/http}", InfoKind::Http),
        ];
        for (word, kind) in slips {
            assert_eq!(InfoKind::meant_by(word), Some(kind), "{word}");
        }
        let others = [
            "", "css", "scss", "rss", "js", "ts", "less", "wasm", "wat", "sass", "ps", "log", "sh",
            "http", "https", "HTTP", "htpp", "{.http}", "/", "json", "text", "w", "server", "wsdl",
            "awk", "vss", "qss",
        ];
        let mut remembered = OtherWords::default();
        for word in others.into_iter().chain(others) {
            assert_eq!(InfoKind::meant_by(word), None, "{word}");
            assert_eq!(remembered.meant_by(word), None, "{word}");
        }
        assert_eq!(remembered.meant_by("wss"), Some(InfoKind::Client));
        assert_eq!(InfoKind::meant_by(&"/wss".repeat(1 << 20)), None);
    }

    #[test]
    fn suggested_server_names_are_server_names() {
        for name in [
            "my chat",
            "",
            "…",
            "a/b",
            " -x- ",
            "é1",
            &"a b".repeat(1000),
        ] {
            assert!(is_server_name(&as_server_name(name)), "{name}");
        }
        assert_eq!(as_server_name("my chat!"), "my-chat");
    }
}
