//! Expressions → calls of the script's runtime: paths, comparisons, `and`, `or`, `not`, `length`, `test`; in what computes
//! a value digests and their spellings too. They were compiled before, so that only what they say is asked here.

use super::js::quoted;
use super::lexical::{ExpressionReader, ExpressionUse, Translated};
use super::regex::{RegexFlags, translate};
use crate::script::Expression;
use crate::source::Span;

/// What cannot be written for k6, at its place.
#[derive(Debug)]
pub(super) struct Untranslated {
    pub(super) span: Span,
    pub(super) reason: String,
}

/// Names with `$` that are something else than values.
const ASKED: [&str; 8] = [
    "text", "size", "format", "elapsed", "previous", "message", "index", "instance",
];
/// Those that no script has.
const UNKNOWN: [&str; 5] = ["wire", "client", "clientCount", "request", "ENV"];
const DIGESTS: [&str; 4] = ["md5", "sha1", "sha256", "sha512"];
const MOST_LEVELS: usize = 64;

/// The expression as a function of the runtime's.
///
/// # Errors
/// What has no counterpart.
pub(super) fn expression(
    expression: &Expression,
    purpose: ExpressionUse,
) -> Result<String, Untranslated> {
    let mut reader = ExpressionReader {
        source: &expression.source,
        at: 0,
        purpose,
        levels: MOST_LEVELS,
    };
    let read = reader.pipe().and_then(|code| match reader.next() {
        None => Ok(code),
        Some(_) => reader.refused(),
    });
    read.map_err(|(start, end, reason)| {
        // One that stands in front matter has its line's place as a whole.
        let whole = expression.span.len() != expression.source.len();
        let span = if whole {
            expression.span
        } else {
            Span::new(start, end).shift(expression.span.start)
        };
        Untranslated { span, reason }
    })
}

impl ExpressionReader<'_> {
    fn pipe(&mut self) -> Translated {
        let Some(levels) = self.levels.checked_sub(1) else {
            return self.refused();
        };
        self.levels = levels;
        let mut left = self.or()?;
        while self.next() == Some('|') && !self.rest().starts_with("|=") {
            self.at += 1;
            let right = self.or()?;
            left = format!("jq.pipe({left}, {right})");
        }
        self.levels += 1;
        Ok(left)
    }

    fn or(&mut self) -> Translated {
        let mut left = self.and()?;
        while self.eat_word("or") {
            left = format!("jq.or({left}, {})", self.and()?);
        }
        Ok(left)
    }

    fn and(&mut self) -> Translated {
        let mut left = self.compared(&["==", "!="])?;
        while self.eat_word("and") {
            left = format!("jq.and({left}, {})", self.compared(&["==", "!="])?);
        }
        Ok(left)
    }

    /// Equalities bind less than the other comparisons.
    fn compared(&mut self, signs: &[&str]) -> Translated {
        let inner = |reader: &mut Self| match signs {
            ["==", ..] => reader.compared(&["<=", ">=", "<", ">"]),
            _ => reader.sum(),
        };
        let mut left = inner(self)?;
        while let Some(sign) = signs.iter().copied().find(|sign| self.eat(sign)) {
            let right = inner(self)?;
            left = format!("jq.compare(\"{sign}\", {left}, {right})");
        }
        Ok(left)
    }

    fn sum(&mut self) -> Translated {
        let mut left = self.term()?;
        while self.purpose == ExpressionUse::Compute && self.next() == Some('+') {
            if self.rest().starts_with("+=") {
                return self.refused();
            }
            self.at += 1;
            left = format!("jq.join({left}, {})", self.term()?);
        }
        Ok(left)
    }

    fn term(&mut self) -> Translated {
        let mut term = self.primary()?;
        loop {
            let rest = self.rest();
            if rest.starts_with('[') {
                term = self.bracket(&term)?;
            } else if rest.starts_with('?') && !rest.starts_with("?//") {
                self.at += 1;
                term = format!("jq.optional({term})");
            } else if rest.starts_with('.') && !rest.starts_with("..") {
                self.at += 1;
                if self.rest().starts_with('[') {
                    continue;
                }
                term = self.key(&term)?;
            } else {
                return Ok(term);
            }
        }
    }

    /// The key behind a dot.
    fn key(&mut self, inner: &str) -> Translated {
        if self.rest().starts_with('"') {
            let key = self.string()?;
            return Ok(format!("jq.member({inner}, {})", quoted(&key)));
        }
        let key = self.word();
        if key.is_empty() {
            self.refused()
        } else {
            Ok(format!("jq.member({inner}, {})", quoted(key)))
        }
    }

    /// `[]`, `[0]`, `["key"]`, `[1:3]`
    fn bracket(&mut self, inner: &str) -> Translated {
        self.at += 1;
        if self.eat("]") {
            return Ok(format!("jq.all({inner})"));
        }
        let code = if self.next() == Some('"') {
            let key = self.string()?;
            format!("jq.member({inner}, {})", quoted(&key))
        } else {
            let from = self.integer();
            if self.eat(":") {
                let to = self.integer();
                let word = |number: Option<&str>| number.unwrap_or("undefined").to_owned();
                format!("jq.slice({inner}, {}, {})", word(from), word(to))
            } else {
                match from {
                    Some(at) => format!("jq.member({inner}, {at})"),
                    None => return self.refused(),
                }
            }
        };
        if self.eat("]") {
            Ok(code)
        } else {
            self.refused()
        }
    }

    fn primary(&mut self) -> Translated {
        match self.next() {
            Some('.') => {
                self.at += 1;
                let rest = self.rest();
                match rest.chars().next() {
                    Some('.') => self.refused(),
                    Some(next) if next == '"' || next == '_' || next.is_ascii_alphabetic() => {
                        self.key("jq.dot")
                    }
                    _ => Ok("jq.dot".to_owned()),
                }
            }
            Some('(') => {
                self.at += 1;
                let inner = self.pipe()?;
                if self.eat(")") {
                    Ok(inner)
                } else {
                    self.refused()
                }
            }
            Some('[') => self.list(),
            Some('"') => Ok(format!("jq.value({})", quoted(&self.string()?))),
            Some('$') => self.variable(),
            Some('@') => self.spelling(),
            Some('-' | '0'..='9') => self.number(),
            Some(next) if next.is_ascii_alphabetic() || next == '_' => self.filter(),
            _ => self.refused(),
        }
    }

    fn list(&mut self) -> Translated {
        self.at += 1;
        let mut items = Vec::new();
        while !self.eat("]") {
            items.push(self.or()?);
            if !self.eat(",") && self.next() != Some(']') {
                return self.refused();
            }
        }
        Ok(format!("jq.list([{}])", items.join(", ")))
    }

    fn variable(&mut self) -> Translated {
        self.at += 1;
        let name = self.word();
        if UNKNOWN.contains(&name) || name.starts_with("__") {
            self.at -= name.len();
            return self.refused();
        }
        if ASKED.contains(&name) || name == "handshake" {
            return Ok(format!("jq.ask(\"{name}\")"));
        }
        let mut names = vec![quoted(name)];
        while self.rest().starts_with('.') {
            let before = self.at;
            self.at += 1;
            match self.word() {
                "" => {
                    self.at = before;
                    break;
                }
                name => names.push(quoted(name)),
            }
        }
        Ok(format!("jq.variable([{}])", names.join(", ")))
    }

    /// `@hex` and its like.
    fn spelling(&mut self) -> Translated {
        let start = self.at;
        self.at += 1;
        let name = match self.word() {
            "hex" => "hex",
            "base64" => "std",
            "base64url" => "rawurl",
            _ => "",
        };
        let inserts = self.next() == Some('"');
        if name.is_empty() || inserts || self.purpose == ExpressionUse::Check {
            self.at = start + 1;
            return self.refused();
        }
        Ok(format!("jq.encode(\"{name}\")"))
    }

    fn filter(&mut self) -> Translated {
        let start = self.at;
        let name = self.word();
        let computes = self.purpose == ExpressionUse::Compute;
        let code = match name {
            "not" => "jq.not".to_owned(),
            "length" => "jq.length".to_owned(),
            "true" | "false" | "null" => format!("jq.value({name})"),
            "test" if self.eat("(") => return self.test(),
            digest if computes && DIGESTS.contains(&digest) => format!("jq.digest(\"{digest}\")"),
            hmac if computes && hmac.starts_with("hmac_") && self.eat("(") => {
                let digest = hmac.trim_start_matches("hmac_");
                let key = self.pipe()?;
                if !self.eat(")") {
                    return self.refused();
                }
                format!("jq.hmac(\"{digest}\", {key})")
            }
            _ => {
                self.at = start;
                return self.refused();
            }
        };
        Ok(code)
    }

    /// Behind `test(`.
    fn test(&mut self) -> Translated {
        self.next();
        let start = self.at;
        if self.next() != Some('"') {
            return self.refused();
        }
        let source = self.string()?;
        let end = self.at;
        let mut flags = RegexFlags::default();
        if self.eat(";") {
            if self.next() != Some('"') {
                return self.refused();
            }
            let before = self.at;
            for flag in self.string()?.chars() {
                match flag {
                    'i' => flags.any_case = true,
                    's' => flags.dot_is_all = true,
                    'g' => {}
                    _ => {
                        self.at = before;
                        return self.refused();
                    }
                }
            }
        }
        if !self.eat(")") {
            return self.refused();
        }
        match translate(&source, flags) {
            Ok(regex) => Ok(format!("jq.test({})", quoted(&regex))),
            Err(reason) => Err((start, end, reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str, purpose: ExpressionUse) -> String {
        let compiled = Expression::compile(source, Span::new(0, source.len())).unwrap();
        match expression(&compiled, purpose) {
            Ok(code) => code.replace("jq.", ""),
            Err(wrong) => format!("{}..{}", wrong.span.start, wrong.span.end),
        }
    }

    #[test]
    fn expressions_are_translated() {
        for (source, code) in [
            (
                ".price > 0",
                "compare(\">\", member(dot, \"price\"), value(0))",
            ),
            (
                ".a.b[0][\"c d\"].e?",
                "optional(member(member(member(member(member(dot, \"a\"), \"b\"), 0), \"c d\"), \"e\"))",
            ),
            (".items[].id", "member(all(member(dot, \"items\")), \"id\")"),
            (
                ".a == 1 and (.b | not) or .c != -2.5",
                "or(and(compare(\"==\", member(dot, \"a\"), value(1)), pipe(member(dot, \"b\"), not)), \
                 compare(\"!=\", member(dot, \"c\"), value(-2.5)))",
            ),
            (
                ".u == $previous.u",
                "compare(\"==\", member(dot, \"u\"), member(ask(\"previous\"), \"u\"))",
            ),
            (
                ".x == $chat.url",
                "compare(\"==\", member(dot, \"x\"), variable([\"chat\", \"url\"]))",
            ),
            ("test(\"^a\"; \"i\")", "test(\"^[aA]\")"),
            (
                ". == 12345678901234567890",
                "compare(\"==\", dot, value(readJson(\"12345678901234567890\")))",
            ),
            (
                ".tags == [\"a\", 1]",
                "compare(\"==\", member(dot, \"tags\"), list([value(\"a\"), value(1)]))",
            ),
            (".a[1:3]", "slice(member(dot, \"a\"), 1, 3)"),
        ] {
            assert_eq!(told(source, ExpressionUse::Check), code, "{source}");
        }
        assert_eq!(
            told(
                "(.nonce + $KEY) | hmac_sha256($KEY) | @hex",
                ExpressionUse::Compute
            ),
            "pipe(pipe(join(member(dot, \"nonce\"), variable([\"KEY\"])), hmac(\"sha256\", variable([\"KEY\"]))), \
             encode(\"hex\"))"
        );
    }

    #[test]
    fn what_has_no_counterpart_is_told_at_its_place() {
        for (source, place) in [
            (".a | startswith(\"b\")", "5..15"),
            (".a // 1", "3..4"),
            (".a + 1 == 2", "3..4"),
            ("sha256", "0..6"),
            ("\"a\\(.b)\" == .c", "0..14"),
            (".a | test(.b)", "10..11"),
            ("..", "1..2"),
        ] {
            assert_eq!(told(source, ExpressionUse::Check), place, "{source}");
        }
    }
}
