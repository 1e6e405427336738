//! What each stretch of a script is painted as.

use crate::script::{Role, STEPS, TokenClass, tokens};

/// Each token as it stands, behind the word of its class.
fn told(text: &str, role: Role) -> String {
    let tokens = tokens(text, role, &[]);
    let told = tokens.iter().map(|token| {
        let written = text.get(token.span.start..token.span.end).unwrap();
        format!("{} {written}\n", token.class.word())
    });
    told.collect()
}

#[test]
fn a_clients_script_is_painted() {
    let script = r#"wss://{{HOST}}/v2?token={{TOKEN}}
# who we are
Authorization: Bearer {{TOKEN}}
@clients alice, bob
alice X-Name: a
alice @let n = ($n // 0) + 1
@timeout 5s
@retry 3 every 1s
@never json {"type": "error"}
@proto ./api.proto
alice -- check .status == 101 and $n > "a\"b" # why
alice -> {"a{{x}}b": [1, -2.5, {{$number as n}}, true], "s": "c"}
bob <- text id {{$integer as id}} of
-- within {{T}}
-- times 3
-- save first = .a."b"
-- secret first
-- # a comment
bob -> binary hex 00 01
ff {{v}}
bob <- binary
  00000000  03 7b  │.{│
alice -> xml <a x="{{x}}" y='1'>t &amp; <b/><!-- c --></a>
alice -> close 4000 "good\nbye"
alice <- HTTP 401
alice -> proto pkg.Type
{
  "deep": {"n": null}
}
alice -> text @./file.txt
alice -> text
\-> not a step
  {{x}}
-- wait 500ms
-- note half {{x}} time
-- bogus
nobody
"#;
    insta::assert_snapshot!(told(script, Role::Client));
}

#[test]
fn a_servers_script_is_painted() {
    let script = r#"ws://127.0.0.1:0/a/{id}
@auth bearer {{T}}
-> json {"you": "{{$client}}"}
-- on json {"op": {{$any}}}
-- where .a
others -> {{$message}}
-> text "a{{b}}"
-- on POST /login/{id} json {"user": {{$string as user}}}
-> HTTP 201 json
Location: /{{user}}

{"ok": true}
-- on GET /health
-> HTTP 200 text ok
-- every 20s times 3
all -> ping hello
-- on disconnect
-- drop
"#;
    insta::assert_snapshot!(told(script, Role::Server));
}

#[test]
fn a_request_is_painted() {
    let script = "POST https://{{HOST}}/login\nAccept: */*\n@follow 5\n-> json {\"a\": 1}\r\n<- HTTP 2xx\r\n<- json\r\n-- schema ./a.json\r\n";
    insta::assert_snapshot!(told(script, Role::Http));
}

#[test]
fn the_words_of_every_step_are_painted() {
    for info in STEPS {
        let role = if info.client {
            Role::Client
        } else {
            Role::Server
        };
        let clients = if info.example.contains("alice") {
            "@clients alice, bob\n"
        } else {
            ""
        };
        let text = format!("ws://h/\n{clients}\n{}\n", info.example);
        let tokens = tokens(&text, role, &[]);
        let words: Vec<&str> = tokens
            .iter()
            .filter(|token| matches!(token.class, TokenClass::Mark | TokenClass::Keyword))
            .map(|token| text.get(token.span.start..token.span.end).unwrap())
            .collect();
        assert!(
            words.join(" ").contains(info.words),
            "{} in {words:?}",
            info.words
        );
    }
}

#[test]
fn each_class_has_a_word_of_its_own() {
    let mut words = TokenClass::ALL.map(TokenClass::word).to_vec();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), TokenClass::ALL.len());
}
