//! The table of steps: each row's example parses where the row says that it may stand, and nowhere else.

use crate::script::{Refined, Role, STEPS, StepInfo, parse};

/// What is told of a row's example, behind a head that has the clients it names.
fn told(info: &StepInfo, role: Role, above: &str) -> Vec<String> {
    let clients = if info.example.contains("alice") {
        "@clients alice, bob\n"
    } else {
        ""
    };
    // What refines a `<-` stands right below the line of a handler.
    let expects = |line: &&str| above.is_empty() || !line.starts_with("<-");
    let example: Vec<&str> = match info.refines {
        Some(Refined::Expect) => info.example.lines().filter(expects).collect(),
        _ => vec![info.example],
    };
    let example = example.join("\n");
    let text = format!("ws://127.0.0.1:0/\n{clients}\n{above}{example}\n");
    let diagnostics = parse(&text, role, &[]).diagnostics;
    let message = diagnostics.into_iter().map(|told| told.message);
    message.collect()
}

#[test]
fn an_example_parses_where_its_step_may_stand() {
    for info in STEPS {
        for role in [Role::Client, Role::Server] {
            let told = told(info, role, "");
            assert_eq!(told.is_empty(), info.takes(role), "{} {told:?}", info.words);
        }
    }
}

#[test]
fn an_example_parses_in_a_handler_where_its_step_may_stand_there() {
    for info in STEPS.iter().filter(|info| !info.is_handler()) {
        let role = if info.client {
            Role::Client
        } else {
            Role::Server
        };
        let told = told(info, role, "-- on json {}\n");
        assert_eq!(told.is_empty(), info.handler, "{} {told:?}", info.words);
    }
}

#[test]
fn an_example_shows_its_step() {
    for info in STEPS {
        let shown = info.example.lines().any(|line| line.contains(info.words));
        assert!(shown, "{}", info.words);
        assert!(info.does.ends_with('.'), "{}", info.words);
    }
}
