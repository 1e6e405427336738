//! What holds for any pattern and any message.

use super::*;

#[test]
fn hostile_messages_are_only_misses() {
    let deep = "[".repeat(100_000);
    let closed = format!("{deep}{}", "]".repeat(100_000));
    for message in [&deep, &closed] {
        assert_eq!(
            kept(Format::Json, "[{{$rest}}]", &text(message)),
            "it is not valid JSON: it has more than 128 levels"
        );
    }
    let xml = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(matches(Format::Xml, "<a><a/></a>", &text(&xml)));
    assert_eq!(
        kept(Format::Xml, "<a><b/></a>", &text(&xml)),
        "/a/b is missing"
    );
    let pattern = Pattern::Body(body(Format::Xml, &xml));
    assert!(Desk::new().fill().matcher(&pattern, false).is_err());
}

fn any_json() -> impl Strategy<Value = Given> {
    let leaf = prop_oneof![
        Just(Given::Null),
        any::<bool>().prop_map(Given::from),
        any::<i64>().prop_map(Given::from),
        any::<f64>().prop_map(Given::from),
        "[^{}]{0,6}".prop_map(Given::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Given::from),
            prop::collection::btree_map("[^{}]{0,4}", inner, 0..4)
                .prop_map(|members| Given::Object(members.into_iter().collect())),
        ]
    })
}

/// The same with an object's first member left out, if there is one.
fn without_a_member(value: &Given) -> Option<Given> {
    match value {
        Given::Object(members) if !members.is_empty() => {
            Some(Given::Object(members.clone().into_iter().skip(1).collect()))
        }
        Given::Array(items) => items.iter().enumerate().find_map(|(at, item)| {
            let mut items = items.clone();
            *items.get_mut(at)? = without_a_member(item)?;
            Some(Given::Array(items))
        }),
        _ => None,
    }
}

fn spelled(value: &Given) -> String {
    // Braces side by side would open a placeholder.
    value.to_string().replace('{', "{ ")
}

/// What may be put together to JSON: leaves, and the members of objects by their numbers.
fn json_of(leaves: &'static [&'static str]) -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(leaves).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members = prop::collection::vec(inner, 0..3);
        (members, any::<bool>()).prop_map(|(members, named)| {
            if !named {
                return format!("[{}]", members.join(", "));
            }
            let members = members.iter().enumerate();
            let members = members.map(|(at, member)| format!("\"k{at}\": {member}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        })
    })
}

fn xml_of(leaves: &'static [&'static str]) -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(leaves).prop_map(str::to_owned);
    let inner = leaf.prop_recursive(3, 12, 3, |inner| {
        prop::collection::vec(inner, 0..3)
            .prop_map(|parts| format!("<b c=\"x\">{}</b>", parts.concat()))
    });
    inner.prop_map(|inner| format!("<a>{inner}</a>"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_json(pattern in any_json(), message in any_json()) {
        law::holds(&format!("{}\n%%\n{message}", spelled(&pattern)));
    }

    #[test]
    fn laws_hold_for_any_text(pattern in "[^{}@]{0,8}", message in any::<String>()) {
        law::holds(&format!("{pattern}{{{{$any}}}}b{{{{$number}}}}\n%%\n{message}"));
    }

    #[test]
    fn laws_hold_for_patterns_of_json(
        pattern in json_of(&[
            "1", "1.0", "\"a\"", "null", "{{$any as x}}", "{{$number}}", "{{$string as y}}",
            "\"{{$any}}b\"", "\"{{$integer}}\"", "{{$match /a/}}", "[1, {{$rest}}]", "[{{$rest}}]",
        ]),
        message in json_of(&["1", "1e0", "10e-1", "\"a\"", "\"ab\"", "\"7\"", "null", "true", "[1,2]"]),
    ) {
        law::holds(&format!("{pattern}\n%%\n{message}"));
    }

    #[test]
    fn laws_hold_for_patterns_of_xml(
        pattern in xml_of(&["t", "{{$any as x}}", "<c/>", "<c d='{{$number}}'/>", " a{{$integer}} "]),
        message in xml_of(&["t", " t\n", "<c/>", "<c d='1' e='2'></c>", "a7", "<!-- x -->", "&amp;"]),
    ) {
        law::holds(&format!("{pattern}\n%%\n{message}"));
    }
}

proptest! {
    #[test]
    fn a_pattern_with_less_in_it_matches_still(value in any_json()) {
        if let Some(less) = without_a_member(&value) {
            let message = text(&value.to_string());
            prop_assert!(matches(Format::Json, &spelled(&less), &message));
            let exact = matcher(Format::Json, &spelled(&less), true);
            prop_assert!(matches!(exact.test(&message), MatchVerdict::Miss(_)));
            let more = matcher(Format::Json, &spelled(&value), false);
            prop_assert!(matches!(more.test(&text(&less.to_string())), MatchVerdict::Miss(_)));
        }
    }

    #[test]
    fn any_takes_whatever_stands_there(before in "[^{}@]{0,8}", between in any::<String>(), after in "[^{}]{0,8}") {
        let pattern = format!("{before}{{{{$any as x}}}}{after}");
        let message = format!("{before}{between}{after}");
        let MatchVerdict::Match(kept) = matcher(Format::Text, &pattern, false).test(&text(&message)) else {
            return Err(TestCaseError::fail(pattern));
        };
        prop_assert_eq!(&kept, &[("x".to_owned(), Value::string(&between))]);
    }
}
