//! The words, signs and literals of an expression. Knows no grammar.

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpressionUse {
    /// It must hold.
    Check,
    /// Its value is kept.
    Compute,
}

/// A function of the runtime's; or from where to where what cannot be one stands, and why.
pub(super) type Translated = Result<String, (usize, usize, String)>;

/// Reads an expression from left to right.
pub(super) struct ExpressionReader<'a> {
    pub(super) source: &'a str,
    pub(super) at: usize,
    pub(super) purpose: ExpressionUse,
    pub(super) levels: usize,
}

impl<'a> ExpressionReader<'a> {
    pub(super) fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// The next character that is not blank.
    pub(super) fn next(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        self.next();
        let eaten = self.rest().starts_with(sign);
        if eaten {
            self.at += sign.len();
        }
        eaten
    }

    pub(super) fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '_');
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.at += word.len();
        word
    }

    pub(super) fn peek_word(&mut self, wanted: &str) -> bool {
        self.next();
        let before = self.at;
        let found = self.word() == wanted;
        self.at = before;
        found
    }

    pub(super) fn eat_word(&mut self, wanted: &str) -> bool {
        let found = self.peek_word(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// What stands here has no counterpart.
    pub(super) fn refused<T>(&mut self) -> Result<T, (usize, usize, String)> {
        self.next();
        let start = self.at;
        let word = self.word();
        let length = match word.len() {
            0 => self.rest().chars().next().map_or(0, char::len_utf8),
            length => length,
        };
        let shown = self.source.get(start..start + length).unwrap_or_default();
        let what = match self.purpose {
            ExpressionUse::Check => "paths, comparisons, `and`, `or`, `not`, `length` and `test`",
            ExpressionUse::Compute => {
                "paths, comparisons, digests, `@hex`, `@base64` and `+` of texts"
            }
        };
        let shown = if shown.is_empty() { "this" } else { shown };
        let reason = format!("`{shown}` has no counterpart in a script of k6: only {what} have");
        Err((start, start + length, reason))
    }

    pub(super) fn integer(&mut self) -> Option<&'a str> {
        self.next();
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let end = digits.find(|next: char| !next.is_ascii_digit());
        let length = end.unwrap_or(digits.len());
        let whole = rest.len() - digits.len() + length;
        // Beyond that nothing has a place, and JavaScript would not know it.
        let number = rest.get(..whole).filter(|_| (1..=9).contains(&length))?;
        self.at += whole;
        Some(number)
    }

    /// A string with nothing inserted.
    pub(super) fn string(&mut self) -> Translated {
        let start = self.at;
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, next)| {
            let ends = *next == '"' && !escaped;
            escaped = *next == '\\' && !escaped;
            ends
        });
        let literal = end.and_then(|(end, _)| rest.get(..=end));
        let read = literal.and_then(|literal| Some((literal, serde_json::from_str(literal).ok()?)));
        if let Some((literal, text)) = read {
            self.at += literal.len();
            Ok(text)
        } else {
            let reason = "what is inserted into a string has no counterpart in a script of k6";
            Err((start, self.source.len(), reason.to_owned()))
        }
    }

    pub(super) fn number(&mut self) -> Translated {
        let rest = self.rest();
        let inside =
            |next: char| next.is_ascii_digit() || matches!(next, '.' | 'e' | 'E' | '-' | '+');
        let end = rest
            .char_indices()
            .find(|(at, next)| {
                let sign = matches!(next, '-' | '+');
                let behind = rest.get(..*at).and_then(|before| before.chars().last());
                !inside(*next) || (sign && *at > 0 && !matches!(behind, Some('e' | 'E')))
            })
            .map_or(rest.len(), |(at, _)| at);
        let number = rest.get(..end).unwrap_or_default();
        if serde_json::from_str::<serde_json::Number>(number).is_err() {
            return self.refused();
        }
        self.at += number.len();
        let is_short = number.len() <= 15 && !number.contains(['e', 'E']);
        Ok(if is_short {
            format!("jq.value({number})")
        } else {
            format!("jq.value(readJson(\"{number}\"))")
        })
    }
}
