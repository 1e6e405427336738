"""Holds the tree-sitter grammar against documents: each block of theirs that `voiden` accepts is parsed without an error,
and each line on which its parser sees a step starts one in the tree. Also its corpus, and its queries.

check.py LIBRARY GRAMMAR VOIDEN FILE…
"""

import ctypes
import re
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import tree_sitter_markdown
from steps import LanguageServer
from tree_sitter import Language, Parser, Query, QueryCursor

library, grammar, voiden, *files = sys.argv[1:]
grammar = Path(grammar)
pointer = ctypes.CDLL(library).tree_sitter_wss
pointer.restype = ctypes.c_void_p
capsule = ctypes.pythonapi.PyCapsule_New
capsule.restype = ctypes.py_object
capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
language = Language(capsule(pointer(), b"tree_sitter.Language", None))
parser = Parser(language)
wrong = []

def blocks(file, lines):
    """Where each block's text starts, and that text without what its containers put before a line."""
    listed = subprocess.run([voiden, "list", file], capture_output=True, text=True).stdout
    for found in re.finditer(r":(\d+)\t\S+\t.*$", listed, re.M):
        start = int(found[1]) - 1
        before, fence = re.match(r"(.*?)(`{3,}|~{3,})", lines[start]).groups()
        quotes = before.count(">")
        indent = len(re.sub(r"^ ", "" if quotes else " ", before.rpartition(">")[2]))
        body = []
        for line in lines[start + 1 :]:
            for _ in range(quotes):
                line = re.sub(r"^[ \t]*> ?", "", line)
            line = line[min(indent, len(line) - len(line.lstrip())) :]
            if re.fullmatch(rf"\s*{fence}{fence[0]}*\s*", line):
                break
            body.append(line)
        yield start + 1, body


def examples(file, folder):
    """The documents that a page of the reference shows, as files; another document is itself."""
    text = Path(file).read_bytes().decode()
    shown = re.findall(r"^````+markdown\n(.*?)^````+$", text, re.M | re.S) if "/docs/" in file else []
    for at, example in enumerate(shown):
        path = Path(folder) / f"{Path(file).stem}-{at}.md"
        path.write_text(example)
        yield str(path)
    if not shown:
        yield file


def parse(text):
    return parser.parse(text.encode()).root_node


def errors(node):
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from errors(child)


def documents(folder):
    count = steps = 0
    server = LanguageServer(voiden)
    for file in (example for file in files for example in examples(file, folder)):
        lines = Path(file).read_bytes().decode().lstrip("\ufeff").replace("\r\n", "\n").split("\n")
        seen = server.steps(file, lines)
        for start, body in blocks(file, lines):
            count += 1
            expected = [at for at in range(len(body)) if start + at in seen]
            for ending in ("\n", "\r\n"):
                root = parse("".join(line + ending for line in body))
                for node in errors(root):
                    at = node.start_point[0]
                    wrong.append(f"{file}:{start + 1 + at}: not parsed: {body[at] if at < len(body) else ''}")
                found = [node.start_point[0] for node in root.children if node.type in ("send", "receive", "control")]
                if found != expected:
                    at = sorted(set(found) ^ set(expected))[0]
                    wrong.append(f"{file}:{start + 1 + at}: {'a' if at in expected else 'no'} step: {body[at]}")
            # The last line may lack its end.
            if any(errors(parse("\n".join(body)))):
                wrong.append(f"{file}:{start + 1}: not parsed without a last line ending")
            steps += len(expected)
    server.request("shutdown", None)
    server.say({"method": "exit"})
    if files and not steps:
        wrong.append("no step was found in what was looked at")
    print(f"{len(files)} documents, {count} blocks, {steps} steps")


def shape(node, field=None, depth=0):
    if not node.is_named:
        return ""
    head = "  " * depth + (f"{field}: " if field else "") + f"({node.type}"
    inner = [
        shape(child, node.field_name_for_child(at), depth + 1) for at, child in enumerate(node.children) if child.is_named
    ]
    return head + "".join("\n" + each for each in inner) + ")"


def corpus():
    """The cases of test/corpus, in the form that `tree-sitter test` reads."""
    count = 0
    for file in sorted((grammar / "test/corpus").glob("*.txt")):
        parts = re.split(r"^=+\n(.*)\n=+\n", file.read_text(), flags=re.M)[1:]
        for name, case in zip(parts[::2], parts[1::2]):
            text, tree = re.split(r"^---+\n", case, maxsplit=1, flags=re.M)
            got = shape(parse(text.removeprefix("\n").removesuffix("\n")))
            if re.sub(r"\s+", " ", tree).strip() != re.sub(r"\s+", " ", got):
                wrong.append(f"{file.name}: {name}: it is\n{got}")
            count += 1
    print(f"{count} cases of the corpus")


def captures(query, text):
    source = text.encode()
    tree = parser.parse(source)
    found = QueryCursor(query).captures(tree.root_node)
    return {name: [source[node.start_byte : node.end_byte].decode() for node in nodes] for name, nodes in found.items()}


def queries():
    read = lambda name: Query(language, (grammar / "queries" / name).read_text())
    painted = captures(read("highlights.scm"), 'wss://{{HOST}}/\n@timeout 5s\nbob -> json {"a": {{$uuid as id}}}\n-- check .a\n')
    for name, text in [("attribute", "@timeout"), ("number", "5s"), ("operator", "->"), ("type.builtin", "json"),
                       ("keyword", "check"), ("function.builtin", "$uuid"), ("variable", "id"), ("module", "bob"),
                       ("string.special", "wss://{{HOST}}/")]:
        if text not in painted.get(name, []):
            wrong.append(f"highlights.scm: {text} is not @{name}: {painted}")
    injected = captures(read("injections.scm"), '-> {"a":\n 1}\n-> <a/>\n-- check .a > 1\n')["injection.content"]
    if sorted(injected) != sorted(['{"a":\n 1}', "<a/>", ".a > 1"]):
        wrong.append(f"injections.scm: {injected}")


HELIX = {"number": "constant.numeric", "module": "namespace", "property": "variable.other.member",
         "string.escape": "constant.character.escape"}


def helix():
    """What Helix paints is what others paint, by its own names."""
    rules = lambda name: [line for line in (grammar / "queries" / name).read_text().split("\n") if not line.startswith(";")]
    theirs = "\n".join(rules("highlights.scm"))
    for name, other in HELIX.items():
        theirs = re.sub(rf"@{re.escape(name)}(?![\w.])", f"@{other}", theirs)
    if theirs.split("\n") != rules("helix/highlights.scm"):
        wrong.append("queries/helix/highlights.scm is not queries/highlights.scm by Helix's names")
    Query(language, "\n".join(rules("helix/highlights.scm")))


def markdown():
    """The injection into Markdown, in lists and quotes too."""
    query = (grammar / "queries/markdown/injections.scm").read_text()
    text = ("```/wss Two talk\nws://x/\n-> text a\n```\n\n- ~~~/wss-server x\n  ws://y\n\n  -- on\n  -> {{$message}}\n  ~~~\n\n"
            "> ```/http\n> GET http://x\n>\n> -> json\n> {}\n> ```\n\n```wss-log\n-> no script\n```\n").encode()
    markdown = Language(tree_sitter_markdown.language())
    # What is captured holds no tree: it is kept here.
    tree = Parser(markdown).parse(text)
    found = QueryCursor(Query(markdown, query)).captures(tree.root_node)
    trees = []
    for node in sorted(found["injection.content"], key=lambda node: node.start_byte):
        # What its containers put before its lines is not the block's: editors leave named children out.
        pieces, at = [], node.start_byte
        for child in node.named_children:
            pieces.append(text[at : child.start_byte])
            at = child.end_byte
        script = parser.parse(b"".join([*pieces, text[at : node.end_byte]]))
        trees.append([child.type for child in script.root_node.children] + ["ERROR"] * script.root_node.has_error)
    if trees != [["url", "send"], ["url", "control", "send"], ["request", "send"]]:
        wrong.append(f"in Markdown the blocks are {trees}")


def mutations():
    """Texts that are no scripts must end, too, and give a tree."""
    random = Random(1)
    pieces = ["->", "<-", "--", "→", " ", "\t", "\n", "\r", "\r\n", "{{", "}}", "{", "[", "<", "@", "@let a = ", "@clients a, b", ":",
              "://", "json", "text", "binary hex", "HTTP 200", "close 1", "on", "on GET /", "check", "a", "bob ", "#", "\\", "\\{{",
              '"', "$any", " as ", "/", "é", "\u2028", "\x00", "🦀"]
    for _ in range(3000):
        text = "".join(random.choice(pieces) for _ in range(random.randrange(40)))
        if parse(text).end_byte > len(text.encode()):
            wrong.append(f"the tree of {text!r} is longer than it")
    began = time.monotonic()
    for text in ["-> json\n" + "\n" * 200_000 + "1", "-> text\n" + "{" * 200_000, "-> text\n" + "a\n" * 100_000, "@x\n" * 50_000]:
        parse(text)
    if (took := time.monotonic() - began) > 10:
        wrong.append(f"large texts took {took:.1f} s")


with TemporaryDirectory() as folder:
    documents(folder)
corpus()
queries()
helix()
markdown()
mutations()
if wrong:
    print("\n".join(wrong[:40]), file=sys.stderr)
    sys.exit(f"{len(wrong)} faults")
