//! Hostile documents: a request file out of a stranger's repository.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::peer::{speak, text};
use super::{Said, blocks, voiden, voiden_within, write};

/// A document with one block.
fn block(script: &str) -> String {
    format!("# A\n\n```/wss\nws://127.0.0.1:9/\n@timeout 2s\n\n{script}\n```\n")
}

fn check(folder: &Path, text: &str) -> Said {
    write(folder, "a.md", text);
    voiden(folder, &["check", "a.md"])
}

#[test]
fn files_outside_of_the_root_stay_outside() {
    let outside = tempfile::tempdir().unwrap();
    write(
        outside.path(),
        "secret.txt",
        "the secret of the other folder",
    );
    let folder = tempfile::tempdir().unwrap();
    symlink(
        outside.path().join("secret.txt"),
        folder.path().join("file.txt"),
    )
    .unwrap();
    symlink(outside.path(), folder.path().join("folder")).unwrap();
    symlink("folder/secret.txt", folder.path().join("twice.txt")).unwrap();
    let absolute = outside.path().join("secret.txt");
    let name = outside.path().file_name().unwrap().to_str().unwrap();
    for path in [
        "./file.txt",
        "./folder/secret.txt",
        "./twice.txt",
        "./folder/../folder/secret.txt",
        &format!("../{name}/secret.txt"),
        &format!("./../{name}/secret.txt"),
        "../../../../../../../../etc/passwd",
    ] {
        for script in [
            format!("-> text\n@{path}"),
            format!("<- text\n@{path}"),
            format!("-> text {{{{$file {path}}}}}"),
        ] {
            let said = check(folder.path(), &block(&script));
            assert_eq!(said.status, 2, "{script}: {}", said.err);
            assert!(!said.err.contains("the secret of"), "{}", said.err);
            let run = voiden(folder.path(), &["run", "a.md"]);
            assert_eq!(run.status, 2, "{script}: {}", run.err);
        }
    }
    // An absolute path is not a file's: it is the text that it is.
    let said = check(
        folder.path(),
        &block(&format!("-> text\n@{}", absolute.display())),
    );
    assert!(!said.err.contains("the secret of"), "{}", said.err);
}

#[test]
fn a_wider_root_opens_what_is_below_it_and_no_more() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.txt", "the secret");
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("requests");
    std::fs::create_dir(&folder).unwrap();
    write(root.path(), "shared.txt", "shared");
    symlink("../shared.txt", folder.join("in.txt")).unwrap();
    symlink(outside.path().join("secret.txt"), folder.join("out.txt")).unwrap();
    symlink(outside.path(), root.path().join("away")).unwrap();
    let checked = |path: &str, root: &str| {
        write(&folder, "a.md", block(&format!("-> text\n@{path}")));
        voiden(&folder, &["check", "--file-root", root, "a.md"]).status
    };
    let wide = root.path().to_str().unwrap();
    for path in ["../shared.txt", "./in.txt", "./../requests/in.txt"] {
        assert_eq!(checked(path, "."), 2, "{path}");
        assert_eq!(checked(path, ".."), 0, "{path}");
        assert_eq!(checked(path, wide), 0, "{path}");
    }
    let name = outside.path().file_name().unwrap().to_str().unwrap();
    let around = format!("../../{name}/secret.txt");
    for path in ["./out.txt", "../away/secret.txt", &around] {
        assert_eq!(checked(path, ".."), 2, "{path}");
        assert_eq!(checked(path, wide), 2, "{path}");
    }
}

#[test]
fn the_environment_opens_name_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let check = |document: &str, allowed: &[&str]| {
        write(folder.path(), "a.md", document);
        let names = allowed.iter().flat_map(|name| ["--allow-env", name]);
        let arguments: Vec<_> = ["check"].into_iter().chain(names).chain(["a.md"]).collect();
        voiden(folder.path(), &arguments)
    };
    let one = block("-> text {{env.HOSTILE_HOME}}");
    assert_eq!(check(&one, &["HOSTILE_HOME"]).status, 0);
    assert_eq!(check(&one, &["HOME", "HOSTILE_HOME"]).status, 0);
    assert_eq!(check(&one, &["all"]).status, 0);
    for other in ["HOSTILE", "HOSTILE_HOME_TOO", "hostile_home", "HOSTILE*"] {
        assert_eq!(check(&one, &[other]).status, 2, "{other}");
    }
    let two = block("-> text {{env.HOSTILE_HOME}} {{env.HOSTILE_OTHER}}");
    let said = check(&two, &["HOSTILE_HOME"]);
    assert_eq!(said.status, 2);
    assert!(
        said.err.contains("--allow-env HOSTILE_OTHER"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("--allow-env HOSTILE_HOME"));
}

#[test]
fn the_environment_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let document = block("-> text {{env.HOSTILE_HOME}}");
    let said = check(folder.path(), &document);
    assert_eq!(said.status, 2);
    assert!(
        said.err.contains("--allow-env HOSTILE_HOME"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("the value of"), "{}", said.err);
    for script in [
        "-- check env.HOSTILE_HOME",
        "-- check $ENV.HOSTILE_HOME",
        "-- save x = input_filename",
    ] {
        let said = check(folder.path(), &block(&format!("<- text\n{script}")));
        assert_eq!(said.status, 2, "{script}: {}", said.err);
    }
    let front = format!(
        "---\nvoiden:\n  vars:\n    a: '{{{{env.HOSTILE_HOME}}}}'\n---\n{}",
        block("-> text {{a}}")
    );
    let said = check(folder.path(), &front);
    assert!(!said.err.contains("the value of"), "{}", said.err);
}

/// Repeats what `line` makes.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "{}", line(number));
        text
    })
}

#[test]
#[ignore = "slow without optimisation"]
fn huge_documents_are_read_or_refused() {
    let cases: [(&str, String); 16] = [
        (
            "unclosed fences",
            lines(20_000, |_| "> ```/wss\n".to_owned()),
        ),
        (
            "unclosed fences in one another",
            lines(20_000, |n| format!("{}/wss", "`".repeat(3 + n % 50))),
        ),
        (
            "a line of a megabyte",
            "x".repeat(1 << 20) + "\n\n" + &block("-> text x"),
        ),
        ("nested quotes", ">".repeat(10_000) + " ```/wss\n"),
        (
            "nested lists",
            lines(500, |n| format!("{}* a", "  ".repeat(n))),
        ),
        ("brackets", "[".repeat(50_000) + &block("-> text x")),
        ("emphasis", "*a_".repeat(50_000) + &block("-> text x")),
        (
            "steps",
            block(&lines(20_000, |n| {
                format!("-> json {{\"n\": {n}}}\n<- json {{\"n\": {n}}}")
            })),
        ),
        (
            "refinements",
            block(&format!(
                "<- json\n{}",
                lines(1_000, |n| format!("-- check .a != {n}"))
            )),
        ),
        (
            "placeholders",
            block(&format!(
                "-> text\n{}",
                lines(20_000, |_| "{{$uuid}} {{$index}}".to_owned())
            )),
        ),
        (
            "open places",
            block(&format!(
                "<- text\n{}",
                lines(5_000, |_| "{{$any}} {{$integer}}".to_owned())
            )),
        ),
        (
            "undefined names",
            block(&format!(
                "-> text\n{}",
                lines(2_000, |n| format!("{{{{NAME{n}}}}}"))
            )),
        ),
        (
            "a deep pattern",
            block(&format!(
                "<- json {}{}",
                "[".repeat(100_000),
                "]".repeat(100_000)
            )),
        ),
        (
            "a deep body",
            block(&format!(
                "-> xml {}{}",
                "<a>".repeat(100_000),
                "</a>".repeat(100_000)
            )),
        ),
        (
            "a deep expression",
            block(&format!(
                "<- json\n-- check {}1{}",
                "(".repeat(50_000),
                ")".repeat(50_000)
            )),
        ),
        (
            "a deep mapping",
            format!("---\nvoiden: {}\n---\n", "{a: ".repeat(20_000)),
        ),
    ];
    for (name, document) in cases {
        let folder = tempfile::tempdir().unwrap();
        let said = check(folder.path(), &document);
        assert!(matches!(said.status, 0 | 2), "{name}: {}", said.err);
        assert!(said.status == 0 || !said.err.is_empty(), "{name}");
        // Nobody listens there.
        let run = voiden(folder.path(), &["run", "-q", "a.md"]);
        assert!(matches!(run.status, 0..=2), "{name}: {}", run.err);
        assert_eq!(said.status == 2, run.status == 2, "{name}: {}", run.err);
    }
}

/// What a script can ask for that would take for ever.
#[test]
#[ignore = "slow without optimisation"]
fn work_without_end_is_cut_off() {
    let scripts = [
        "<- json\n-- check (\"x\" * 100000000000) == \"\"",
        "<- json\n-- check [range(1e12)] | length > 0",
        "<- json\n-- check (def f: f; f)",
        "<- json\n-- check (def f: [f]; f)",
        "<- json\n-- check [recurse([., .])] | length > 0",
        "<- json\n-- check [..] | length > 0",
        "<- json\n-- check (\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\" | test(\"(a*)*(a*)*$\"))",
        "<- json\n-- check [limit(1e9; repeat(1))] | length > 0",
        "<- json {\"a\": 1}\n-- times 18446744073709551615",
        "<- json\n-- times 99999999999999999999999999",
        "-> text x\n-- repeat 1000000000 every 1h",
        "<- text \"{{$match /(a|aa)+$/}}b{{$any}}c{{$any}}d{{$any}}e\"",
    ];
    for script in scripts {
        let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
        let wide = "a".repeat(100_000);
        let peer = speak(move |stream| {
            use std::io::Write as _;
            stream.write_all(&text(&deep))?;
            stream.write_all(&text(&wide))
        });
        let document = block(script).replace("127.0.0.1:9/", &format!("{peer}/\n@deadline 3s"));
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.md", &document);
        let said = voiden(folder.path(), &["run", "a.md"]);
        assert!(matches!(said.status, 0..=2), "{script}: {}", said.err);
        let after = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
        assert_eq!(blocks(&after), blocks(&document), "{script}");
    }
}

fn any_order(count: usize) -> String {
    lines(count, |number| {
        let any_order = if number > 0 { "\n-- any-order" } else { "" };
        format!("<- json {{\"n\": {number}}}{any_order}")
    })
}

#[test]
#[ignore = "slow without optimisation"]
fn very_many_steps_in_any_order() {
    let steps = any_order(2_000);
    let peer = speak(|stream| {
        use std::io::Write as _;
        for number in (0..2_000).rev() {
            stream.write_all(&text(&format!("{{\"n\": {number}}}")))?;
        }
        Ok(())
    });
    let document = block(&steps)
        .replace("127.0.0.1:9/", &format!("{peer}/"))
        .replace("@timeout 2s", "@timeout 50s");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.md", &document);
    let said = voiden(folder.path(), &["run", "-q", "a.md"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(said.out, "");
}

/// Documents that nobody writes by hand.
#[test]
#[ignore = "slow without optimisation"]
fn documents_beyond_all_measure() {
    let cases = [
        ("a line of 100 MiB", "x".repeat(100 << 20)),
        (
            "steps",
            block(&lines(100_000, |n| format!("-> json {{\"n\": {n}}}"))),
        ),
        (
            "placeholders",
            block(&format!(
                "-> text\n{}",
                lines(100_000, |_| "{{$uuid}}".to_owned())
            )),
        ),
        ("any order", block(&any_order(10_000))),
    ];
    for (name, document) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.md", &document);
        // pulldown-cmark sets one and a half times the text aside, and touches little of it.
        let said = voiden_within(400, folder.path(), &["check", "a.md"]);
        assert!(matches!(said.status, 0 | 2), "{name}: {}", said.err);
        let run = voiden_within(600, folder.path(), &["run", "-q", "a.md"]);
        assert!(matches!(run.status, 0..=2), "{name}: {}", run.err);
        let after = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
        assert_eq!(blocks(&after), blocks(&document), "{name}");
    }
}
