//! Which names are those of secrets. Knows no values.

/// Words that make a name a secret's.
const WORDS: [&str; 6] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL"];

/// Whether a name of an env file, header, query parameter or member is a secret's: one of its words says so, in any
/// case, plurals too.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    words_of(name).iter().any(|word| {
        let word = word.to_ascii_uppercase();
        let singular = word.strip_suffix('S').unwrap_or(&word);
        WORDS.contains(&singular)
    })
}

/// The words of a name: runs of letters, parted by anything else and where camel case turns.
#[must_use]
pub fn words_of(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(at + 1);
        let turns = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())
                    // `KEYs` is a plural, no turn.
                    && !ends_as_plural(&letters, at)));
        if turns || !letter.is_alphabetic() {
            words.push(String::new());
        }
        if letter.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.push(*letter);
        }
    }
    words
}

fn ends_as_plural(letters: &[char], at: usize) -> bool {
    letters.get(at + 1) == Some(&'s') && letters.get(at + 2).is_none_or(|next| !next.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_secrets() {
        for name in [
            "API_KEY",
            "authToken",
            "api-keys",
            "TOKEN",
            "token",
            "CHAT_TOKEN_2",
            "TOKEN2",
            "dbPassword",
            "DB_PASSWD",
            "my.secret",
            "CREDENTIALS",
            "credential",
            "APIKey",
            "APIKeys",
            "Passwords",
            "privateKEY",
            "apiKEYs",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn names_that_are_not() {
        for name in [
            "KEYBOARD",
            "HOST",
            "MONKEY",
            "TOKENIZER",
            "keynote",
            "SECRETARY",
            "",
            "S",
            "__",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
