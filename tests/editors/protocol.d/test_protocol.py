"""`voiden lsp` through pytest-lsp, with the capabilities of editors."""

import asyncio
import os
import pathlib
import time

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

PROGRAM = os.environ["VOIDEN"]

ECHO = "```/wss-server echo\nws://127.0.0.1:0/\n\n-- on\n-> {{$message}}\n```\n\n"
RUNS = ECHO + "```/wss Hello\n{{echo.url}}\n\n-> text hi\n<- text hi\n```\n"
WRONG = "# Ü𝄞\n\n```/wss A\nws://127.0.0.1:1/\n@timout 3s\n\n-> text 𝄞{{$uid}}\n```\n"


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[PROGRAM, "lsp"]),
    params=["visual-studio-code", "neovim"],
)
async def client(request, lsp_client: LanguageClient):
    lsp_client.edits = []
    lsp_client.documents = {}

    @lsp_client.feature(types.WORKSPACE_APPLY_EDIT)
    async def apply_edit(params: types.ApplyWorkspaceEditParams):
        lsp_client.edits.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    @lsp_client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
    async def refresh_lenses(_params):
        return None

    params = types.InitializeParams(
        capabilities=client_capabilities(request.param), process_id=os.getpid()
    )
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


def opened(client, path: pathlib.Path, text: str) -> str:
    path.write_text(text)
    uri = path.as_uri()
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem(uri=uri, language_id="markdown", version=1, text=text)
        )
    )
    return uri


async def diagnostics(client, uri: str):
    while uri not in client.diagnostics:
        await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return client.diagnostics[uri]


def document(uri: str) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri=uri)


@pytest.mark.asyncio(loop_scope="function")
async def test_diagnostics_and_fixes(client, tmp_path):
    uri = opened(client, tmp_path / "a.md", WRONG)
    told = await diagnostics(client, uri)
    assert [one.range.start.line for one in told] == [4, 6]
    # In the units that were agreed: UTF-16, or UTF-8.
    assert told[1].range.start.character in (12, 14)
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=document(uri),
            range=told[0].range,
            context=types.CodeActionContext(diagnostics=[told[0]]),
        )
    )
    assert actions[0].kind == types.CodeActionKind.QuickFix
    assert "@timeout" in actions[0].title


@pytest.mark.asyncio(loop_scope="function")
async def test_what_is_known_of_a_document(client, tmp_path):
    uri = opened(client, tmp_path / "a.md", RUNS)
    assert not await diagnostics(client, uri)
    symbols = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(document(uri))
    )
    assert [symbol.name for symbol in symbols] == ["echo", "Hello"]
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document(uri)))
    assert [fold.start_line for fold in folds] == [0, 7]
    tokens = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document(uri))
    )
    assert len(tokens.data) % 5 == 0 and tokens.data
    place = types.Position(line=8, character=4)
    hover = await client.text_document_hover_async(types.HoverParams(document(uri), place))
    assert "server of this document" in hover.contents.value
    definition = await client.text_document_definition_async(
        types.DefinitionParams(document(uri), place)
    )
    assert definition[0].range.start.line == 0
    edit = await client.text_document_rename_async(
        types.RenameParams(document(uri), place, new_name="chat")
    )
    changes = edit.document_changes[0].edits if edit.document_changes else edit.changes[uri]
    assert len(changes) == 2
    items = await client.text_document_completion_async(
        types.CompletionParams(document(uri), types.Position(line=10, character=3))
    )
    assert "json" in [item.label for item in items.items]
    laid_out = await client.text_document_formatting_async(
        types.DocumentFormattingParams(document(uri), types.FormattingOptions(4, True))
    )
    assert not laid_out


@pytest.mark.asyncio(loop_scope="function")
async def test_a_lens_runs_its_block(client, tmp_path):
    uri = opened(client, tmp_path / "a.md", RUNS)
    await diagnostics(client, uri)
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document(uri)))
    titles = [lens.command.title for lens in lenses]
    assert titles == ["Serve", "Run all", "Run"]
    run = lenses[2].command
    came = await client.workspace_execute_command_async(
        types.ExecuteCommandParams(command=run.command, arguments=run.arguments)
    )
    assert came["status"] == 0
    edit = client.edits[0].edit
    edits = edit.document_changes[0].edits if edit.document_changes else edit.changes[uri]
    assert any("wss-log" in one.new_text for one in edits)
    # The file on disk is the editor's to write.
    assert (tmp_path / "a.md").read_text() == RUNS


@pytest.mark.asyncio(loop_scope="function")
async def test_a_change_of_a_large_document_is_answered_at_once(client, tmp_path):
    padding = "Some prose about it, with *emphasis* and `code`.\n" * 4
    block = (
        "## {n}\n\n" + padding + "\n```/wss Block {n}\n{{{{echo.url}}}}\n@timeout 5s\n\n"
        + '-> json {{"op": "subscribe", "id": "{n}", "channels": ["trades", "books", "tickers"]}}\n'
        '<- json {{"id": "{n}", "op": "subscribe", "channels": [{{{{$any as c}}}}, {{{{$rest}}}}]}}\n'
        '-- check .op == "subscribe" and $c == "trades"\n-- save n = .id\n' * 6
        + "```\n\n"
    )
    text = ECHO + "".join(block.format(n=n) for n in range(500))
    text += "x" * max(0, (1 << 20) - len(text)) + "\n"
    assert len(text) >= 1 << 20
    uri = opened(client, tmp_path / "big.md", text)
    await diagnostics(client, uri)
    # A name in the middle of a block that lies in the middle.
    line = text[: text.index("Block 250")].count("\n") + 2
    took = []
    for version in range(2, 12):
        place = types.Position(line=line, character=1)
        change = types.TextDocumentContentChangePartial(
            range=types.Range(place, place), text="x"
        )
        client.diagnostics.pop(uri, None)
        began = time.monotonic()
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=version, uri=uri), [change]
            )
        )
        told = await diagnostics(client, uri)
        took.append(time.monotonic() - began)
        assert len(told) == 1, told
    took.sort()
    print(f"a change of {len(text)} bytes: {took[0] * 1000:.0f} to {took[-1] * 1000:.0f} ms")
    assert took[len(took) // 2] < 0.1, took
