//! What `--help` says of each command, and its examples.

pub(super) const RUN: &str = "\
Run documents, and write what happened into them.

Every ```/wss and ```/http block of a document is run, top to bottom, with the document's ```/wss-server blocks \
started before and stopped after. The transcript of each is written into the ```wss-log block below it, and only where it differs in more \
than times, generated values and what patterns leave open.

Exit status: 0 all passed, 1 a session failed or --check found a difference, 2 something could not run, \
130 it was interrupted.";

pub(super) const RUN_EXAMPLES: &str = "\
Examples:
  voiden run .                              every document below this folder
  voiden run api.md                         one document
  voiden run 'api.md#Subscribe to trades'   one block, and what it needs
  voiden run api.md:41                      the block at line 41
  voiden run --watch docs                   again on every save, what changed
  voiden run --check docs                   for CI: write nothing, fail if a transcript changed
  voiden run --report junit=voiden.xml --report html=voiden.html docs
  voiden run --env staging --var USER=ann api.md
  voiden run --secret API_TOKEN api.md      a secret from the environment, shown nowhere
  voiden run - < api.md                     stdin to stdout, with its transcripts: for editors";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  voiden check .          every document below this folder
  voiden check --env staging api.md
  voiden check --format github .    annotations, in a workflow of GitHub Actions

Exit status: 0 nothing is wrong, 2 something is.";

pub(super) const FILES: &str =
    "Documents, folders of documents, globs; FILE#NAME and FILE:LINE mean one block; - is stdin";

pub(super) const COLOURS: &str = "Colours; NO_COLOR and CLICOLOR_FORCE count too";

pub(super) const LIST_EXAMPLES: &str = "\
Each block is a line: FILE:LINE, the word of its fence and its name, parted by tabs.

Examples:
  voiden list .
  voiden list api.md | cut -f 3     the names alone";

pub(super) const SERVE: &str = "\
Run the servers of documents until interrupted.

For each ```/wss-server block NAME and URL are printed on stdout as soon as it listens. Its traffic is shown on stderr, \
and written into the document only with --write changed or --write always.

Exit status: 0 when interrupted, 1 if a block failed, 2 if something could not run (a port in use).";

pub(super) const SERVE_EXAMPLES: &str = "\
Examples:
  voiden serve chat.md                        on loopback
  voiden serve --listen 0.0.0.0 chat.md       for the whole network to reach
  voiden serve 'chat.md#chat' --log chat.ndjson";

pub(super) const LOAD: &str = "\
Run a block with many clients at once, again and again, and tell how the service bears it.

Each client runs the block from its connect to its close, then again. The document's servers, and earlier blocks that the \
block takes values from, run once before that. A block may be a ```/wss or a ```/http one; {{$instance}} is the number of \
its client. Nothing is written into the document.

Exit status: 0 all sessions passed and all limits are met, 1 one failed or a limit is missed (with a limit on `failed`, it \
alone decides about failed sessions), 2 something could not run, 130 interrupted: its figures are told all the same.";

pub(super) const LOAD_EXAMPLES: &str = "\
Examples:
  voiden load 'api.md#Subscribe'                          10 clients for 30 seconds
  voiden load 'api.md#Subscribe' --clients 1000 --ramp 10s --for 1m
  voiden load 'api.md#Subscribe' --clients 50 --times 20    20 sessions of each client
  voiden load 'api.md#Subscribe' --rate 100/s             100 sessions begun a second
  voiden load 'api.md#Subscribe' --limit 'p95 < 200ms' --limit 'failed < 1%'
  voiden load 'api.md#Subscribe' --limit 'p99(subscribed) < 50ms' --limit 'max(handshake) < 1s'
  voiden load 'api.md#Subscribe' --report json=load.json --report html=load.html";

pub(super) const OPEN: &str = "\
Show documents in the browser, to run, watch and edit them there.

The page is served on loopback, until interrupted. Its address is the first line on stdout; the token in it lets in \
who has it, and nobody else. Nothing runs or connects before it is asked for; transcripts are written as `voiden run` \
writes them.

Exit status: 0 when interrupted, 2 if something could not run.";

pub(super) const OPEN_EXAMPLES: &str = "\
Examples:
  voiden open api.md                        in the browser
  voiden open --port 7000 --no-browser .    for a browser of one's own
  voiden open --env staging --secret API_TOKEN docs";

pub(super) const EXPORT: &str = "\
Write documents as scripts of another tool.

`voiden export k6` writes a script of k6 for each document, for load from many machines.";

pub(super) const EXPORT_K6: &str = "\
Write a script of k6 for each document, for load from many machines.

The script plays the document's /wss and /http blocks, and runs by itself: `k6 run -e TOKEN=… api.js`. Variables and \
secrets come from its environment. What k6 has no counterpart of is an error at its place.

Exit status: 0 all are written, 2 one could not be: nothing is written for that document.";

pub(super) const EXPORT_K6_EXAMPLES: &str = "\
Examples:
  voiden export k6 api.md > api.js
  voiden export k6 api.md chat.md -o load      load/api.js and load/chat.js
  voiden export k6 --lenient api.md            leave out what k6 cannot do, with a comment
  voiden export k6 --k6-module k6/experimental/websockets api.md    for k6 before 1.2";

pub(super) const CONNECT: &str = "\
Connect to a server or to a block of a document, and type at it.

What one types is the language of documents. A line without a mark is sent: as JSON or XML if it looks like it, else as text. \
`-> …`, `<- …` and `-- …` are steps. `:help` names the commands. What happens is shown as a transcript.

In a terminal there is a line editor: Tab completes, Ctrl-C clears, Ctrl-D closes with 1000 and ends, and a line that ends with \\ goes on below. \
Elsewhere the lines of stdin are the entries, each done before the next is read; after the last one it lingers, and closes. \
With FILE#BLOCK the document's servers run meanwhile, the earlier blocks that the block takes values from run first, and none of its steps runs \
before `:run` or `:step`; the document stays as it is.

Exit status: 0; 1 a step failed, an entry was wrong (without a terminal), the connection was refused, or an entry came after its end; \
2 it could not begin; 130 it was interrupted.";

pub(super) const CONNECT_EXAMPLES: &str = "\
Examples:
  voiden connect wss://example.com/ws
  voiden connect wss://example.com/ws -H 'Authorization: Bearer {{TOKEN}}' --secret TOKEN
  voiden connect 'api.md#Subscribe to trades'
  printf '%s\\n' '{\"op\": \"time\"}' '<- json {\"time\": {{$number}}}' | voiden connect wss://example.com/ws
  tail -f events.log | voiden connect --raw wss://example.com/ingest";

pub(super) const NEW_EXAMPLES: &str = "\
Examples:
  voiden new hello.md && voiden run hello.md
  voiden new -          on stdout

Exit status: 0 it is written, 2 it is not: a file that is there already is left as it is.";

pub(super) const FMT: &str = "\
Lay scripts out: one spelling of marks, blanks and blank lines.

Messages, patterns and everything outside of blocks stay as they are, to the byte. A document that does not parse is \
left alone, and what is wrong in it is told.";

pub(super) const FMT_EXAMPLES: &str = "\
Examples:
  voiden fmt .            every document below this folder
  voiden fmt --check .    for CI: write nothing, show what would change
  voiden fmt -            stdin to stdout, for editors

Exit status: 0 done, 1 --check found something to change, 2 something could not be read.";

pub(super) const IMPORT: &str = "\
Make a document of another tool's file, told by its content: a HAR (WebSockets with their messages, as Chrome saves \
them), an .http file (httpYac, JetBrains), a .void file, or the log that `voiden run --log` writes.

What was sent is sent again, what came is expected, with placeholders where it changes by nature. No credential is written: \
its name stands below `secrets:`. What could not be taken over is said in the document and on stderr. Postman exports no \
WebSocket requests, and Insomnia 5 none of their messages.";

pub(super) const IMPORT_EXAMPLES: &str = "\
Examples:
  voiden import chat.har                the document on stdout
  voiden import chat.har -o chat.md     a new document, or appended to one that is there
  voiden import requests.http -o api.md

Exit status: 0 something was taken over, 2 nothing could be.";

pub(super) const LSP: &str = "\
Serve an editor, over the Language Server Protocol on stdin and stdout.

The editor starts it: docs/editors.md says what to write in its settings. What documents may do and where values come from is \
said here, or in the same words as initializationOptions: {\"env\": \"staging\", \"var\": {\"USER\": \"ann\"}}. Nothing runs \
because a document was opened.";

pub(super) const LSP_EXAMPLES: &str = "\
Examples:
  voiden lsp
  voiden lsp --env staging --var USER=ann

Exit status: 0 the editor ended it, 1 it went without that, 2 for what is wrong on the command line.";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  voiden completions bash > ~/.local/share/bash-completion/completions/voiden
  voiden completions zsh > ~/.zfunc/_voiden
  voiden completions fish > ~/.config/fish/completions/voiden.fish";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  voiden man > ~/.local/share/man/man1/voiden.1";
