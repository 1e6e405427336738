"""What `voiden lsp` says of documents: the lines on which steps start."""

import json
import re
import subprocess
from pathlib import Path

MARK = re.compile(r"(?:->|→|<-|←|--)")


class LanguageServer:
    """One session, in which documents are opened one after the other."""

    def __init__(self, voiden):
        self.process = subprocess.Popen([voiden, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last = 0
        encodings = {"general": {"positionEncodings": ["utf-32"]}}
        told = self.request("initialize", {"processId": None, "rootUri": None, "capabilities": encodings})
        self.types = told["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"]
        self.say({"method": "initialized", "params": {}})

    def say(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def request(self, method, params):
        self.last += 1
        self.say({"id": self.last, "method": method, "params": params})
        while True:
            length = 0
            while (line := self.process.stdout.readline().strip()):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            message = json.loads(self.process.stdout.read(length))
            if message.get("id") == self.last and "method" not in message:
                return message["result"]

    def steps(self, file, lines):
        """The lines, from 0, on which the parser sees a step's mark; `lines` are those of the document."""
        document = {"textDocument": {"uri": Path(file).as_uri()}}
        opened = {**document["textDocument"], "languageId": "markdown", "version": 1, "text": "\n".join(lines)}
        self.say({"method": "textDocument/didOpen", "params": {"textDocument": opened}})
        data = self.request("textDocument/semanticTokens/full", document)["data"]
        self.say({"method": "textDocument/didClose", "params": document})
        found = set()
        line = start = 0
        for down, along, length, kind, _ in zip(*[iter(data)] * 5):
            line, start = (line + down, along) if down else (line, start + along)
            text = lines[line][start : start + length]
            # A step that is a comment is painted as one, mark and all.
            if self.types[kind] == "operator" and MARK.fullmatch(text) or self.types[kind] == "comment" and text.startswith("--"):
                found.add(line)
        return found
