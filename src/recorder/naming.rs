//! Names for values: those of secrets, which who runs a document gives, and those of values that a block keeps.

use crate::redact::{is_secret_name, words_of};
use crate::script::RESERVED_NAMES;

/// Names that authorise, though none of their words is a secret's.
const AUTHORISING: [&str; 4] = ["authorization", "proxyauthorization", "cookie", "setcookie"];

/// Secret words that are mostly written as one.
const JOINED: [&str; 7] = [
    "apikey",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "sessiontoken",
    "passphrase",
    "pwd",
];

/// How long a name that is made may be.
const LONGEST: usize = 40;

/// Whether what stands under a name is not to be written down.
pub(super) fn hides(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    AUTHORISING.contains(&letters.as_str())
        || JOINED.contains(&letters.as_str())
        || is_secret_name(name)
}

/// Whether a header's whole value authorises.
pub(super) fn authorises(header: &str) -> bool {
    AUTHORISING.contains(&header.replace('-', "").to_ascii_lowercase().as_str())
}

/// The name of a secret that somebody gives: `X-Api-Key` is `X_API_KEY`, `accessToken` is `ACCESS_TOKEN`.
pub(super) fn of_secret(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut letters = words_of(name).into_iter().filter(|word| !word.is_empty());
    words.extend(
        letters
            .by_ref()
            .map(|word| ascii(&word).to_ascii_uppercase()),
    );
    words.retain(|word| !word.is_empty());
    let mut made: String = words.join("_");
    made.truncate(LONGEST);
    let made = made.trim_matches('_');
    if made.is_empty() { "SECRET" } else { made }.to_owned()
}

/// The name of a value that a block keeps of what stands under `key`.
pub(super) fn of_kept(key: &str) -> String {
    let part = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    let made: String = key.chars().take(LONGEST).map(part).collect();
    let made = made.trim_matches('_');
    if made.is_empty() {
        "value".to_owned()
    } else if made.starts_with(|first: char| first.is_ascii_digit())
        || RESERVED_NAMES.contains(&made)
    {
        format!("value_{made}")
    } else {
        made.to_owned()
    }
}

fn ascii(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The first of `wanted`, `wanted_2`, `wanted_3` … that is free.
pub(super) fn free(wanted: &str, mut taken: impl FnMut(&str) -> bool) -> String {
    if !taken(wanted) {
        return wanted.to_owned();
    }
    let mut number: u32 = 2;
    loop {
        let made = format!("{wanted}_{number}");
        if !taken(&made) {
            return made;
        }
        number = number.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_their_names() {
        for (name, made) in [
            ("X-Api-Key", "X_API_KEY"),
            ("accessToken", "ACCESS_TOKEN"),
            ("password", "PASSWORD"),
            ("Authorization", "AUTHORIZATION"),
            ("apikey", "APIKEY"),
            ("client_secret", "CLIENT_SECRET"),
        ] {
            assert!(hides(name), "{name}");
            assert_eq!(of_secret(name), made);
        }
        for name in ["keyboard", "user", "monkey", "author", ""] {
            assert!(!hides(name), "{name}");
        }
        assert_eq!(of_secret("…"), "SECRET");
    }

    #[test]
    fn kept_names_are_ones_that_jq_can_name() {
        for (key, made) in [
            ("id", "id"),
            ("session-id", "session_id"),
            ("text", "value_text"),
            ("2nd", "value_2nd"),
            ("{{", "value"),
        ] {
            assert_eq!(of_kept(key), made);
        }
        assert_eq!(free("a", |name| name == "a" || name == "a_2"), "a_3");
    }
}
