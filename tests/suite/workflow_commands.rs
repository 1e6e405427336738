//! Where the runner of GitHub Actions reads along, nothing that a peer or a document wrote is one of its commands.

use std::fs;
use std::process::{Command, Output};

/// A block's name, a note, a text and a line of XML that would each be a command.
const DOCUMENT: &str = "\
```/wss-server echo
ws://127.0.0.1:0/

-- on text
-> text ##[error]from a peer
-> xml <a><b>1</b>::warning::from a peer<b>2</b><b>a text that is long enough to be laid out on lines of its own</b></a>
```

```/wss ::error::a name ##[group]x
{{echo.url}}
@timestamps none

-- note ::set-output name=a::b
-> text go
<- text ##[error]{{$any}}
<- xml
```
";

const FAILING: &str = "```/wss\nws://127.0.0.1:1/##[error]\n::add-mask::x\n```\n";

fn voiden(line: &[&str], actions: bool) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("::warning::a.md"), DOCUMENT).unwrap();
    fs::write(folder.path().join("b.md"), FAILING).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    command.args(line).current_dir(folder.path());
    if actions {
        command.env("GITHUB_ACTIONS", "true");
    } else {
        command.env_remove("GITHUB_ACTIONS");
    }
    command.output().unwrap()
}

/// The lines that the runner would take for commands.
fn commands(output: &Output) -> Vec<String> {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let all = String::from_utf8(all).unwrap();
    let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    all.split(['\n', '\r'])
        .filter(is_command)
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_line_is_a_command_on_any_way_out() {
    for line in [
        ["run", "-v", "."].as_slice(),
        &["run", "--check", "::warning::a.md"],
        &["check", "."],
        &["list", "."],
        &["run", "##[error]a.md"],
        &["##[error]command"],
        &["run", "--report", "junit=-", "."],
        &["run", "--report", "json=-", "."],
        &["run", "--report", "tap=-", "."],
        &["run", "--report", "html=-", "."],
        &["run", "-q", "--log", "/dev/stdout", "."],
    ] {
        let open = commands(&voiden(line, false));
        assert!(!open.is_empty(), "{line:?} shows none of them");
        let guarded = commands(&voiden(line, true));
        assert_eq!(guarded, [""; 0], "{line:?}");
    }
}

#[test]
fn a_json_report_says_the_same_with_and_without_a_runner() {
    let line = ["run", "--report", "json=-", "."];
    for actions in [false, true] {
        let output = voiden(&line, actions);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = report.to_string();
        assert!(text.contains("##[error]from a peer"), "{text}");
        assert!(text.contains("::error::a name ##[group]x"), "{text}");
    }
}

#[test]
fn a_document_goes_into_a_file_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("in.md");
    let text = "::notice::a\n##[group]b\n";
    fs::write(&document, text).unwrap();
    let filter = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
        command
            .args(["fmt", "-"])
            .env("GITHUB_ACTIONS", "true")
            .stdin(fs::File::open(&document).unwrap());
        command
    };
    let made = folder.path().join("out.md");
    let status = filter()
        .stdout(fs::File::create(&made).unwrap())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(fs::read_to_string(&made).unwrap(), text);
    assert_eq!(commands(&filter().output().unwrap()), [""; 0]);
}
