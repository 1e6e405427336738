// Runs the block at the cursor: by the command behind the lens above it, so that the server runs the text of the buffer.
import * as vscode from 'vscode';
import type { CodeLens } from 'vscode-languageclient/node';
import { blockAt, blocks } from './blocks';
import type { Client } from './client';
import { lensOf } from './lenses';

/** Runs the block at the cursor. */
export async function runAtCursor(client: Client): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const block = editor && blockAt(lines(editor.document), editor.selection.active.line);
    if (!editor || !block) {
        void vscode.window.showInformationMessage('There is no block at the cursor.');
        return;
    }
    const server = client.running;
    if (!server) {
        void vscode.window.showWarningMessage('The language server of voiden does not run: see its output.');
        return;
    }
    const textDocument = { uri: server.code2ProtocolConverter.asUri(editor.document.uri) };
    const lenses = (await server.sendRequest<CodeLens[] | null>('textDocument/codeLens', { textDocument })) ?? [];
    const command = lensOf(lenses, block)?.command;
    if (!command) {
        void vscode.window.showWarningMessage('This block cannot be run: mend what is underlined in it.');
        return;
    }
    await server.sendRequest('workspace/executeCommand', {
        command: command.command,
        arguments: command.arguments ?? [],
    });
}

/** Keeps the contexts that keys and buttons look at: `voiden.inBlock`, `voiden.hasBlocks`. */
export function followCursor(): vscode.Disposable {
    const told = new Map<string, boolean>();
    const tell = (name: string, value: boolean): void => {
        if (told.get(name) !== value) {
            told.set(name, value);
            void vscode.commands.executeCommand('setContext', name, value);
        }
    };
    // The blocks of a document are looked for once for each version of it, not at each move of the cursor.
    let seen: { document: vscode.TextDocument; version: number; blocks: ReturnType<typeof blocks> } | undefined;
    const look = (): void => {
        const editor = vscode.window.activeTextEditor;
        if (editor?.document.languageId !== 'markdown') {
            tell('voiden.inBlock', false);
            tell('voiden.hasBlocks', false);
            return;
        }
        const { document } = editor;
        if (seen?.document !== document || seen.version !== document.version) {
            seen = { document, version: document.version, blocks: blocks(lines(document)) };
        }
        const line = editor.selection.active.line;
        tell('voiden.hasBlocks', seen.blocks.length > 0);
        tell('voiden.inBlock', seen.blocks.some((block) => block.start <= line && line <= block.last));
    };
    look();
    return vscode.Disposable.from(
        vscode.window.onDidChangeActiveTextEditor(look),
        vscode.window.onDidChangeTextEditorSelection(look),
        vscode.workspace.onDidChangeTextDocument(look),
    );
}

function lines(document: vscode.TextDocument): string[] {
    return document.getText().split(/\r?\n/);
}
