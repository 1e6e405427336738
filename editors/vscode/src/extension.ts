// Puts the parts together. Where the workspace is not trusted no program is started: that begins when it becomes trusted.
import * as vscode from 'vscode';
import { Client } from './client';
import { Pages } from './page';
import { followCursor, runAtCursor } from './run';
import { Tests } from './tests';

let client: Client | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
    const output = vscode.window.createOutputChannel('voiden', { log: true });
    const server = new Client(output);
    const pages = new Pages(output);
    client = server;
    let tests: Tests | undefined;

    const start = async (): Promise<void> => {
        const listed = vscode.workspace.getConfiguration('voiden').get('testExplorer', true);
        if (vscode.workspace.isTrusted && listed) {
            tests ??= new Tests(output);
        } else {
            tests?.dispose();
            tests = undefined;
        }
        await server.restart();
    };
    const trusted = (run: () => Promise<void>) => async (): Promise<void> => {
        if (vscode.workspace.isTrusted) {
            await run();
        } else {
            await vscode.commands.executeCommand('workbench.trust.manage');
        }
    };

    context.subscriptions.push(
        output,
        pages,
        { dispose: () => tests?.dispose() },
        followCursor(),
        vscode.commands.registerCommand('voiden.editor.runBlock', trusted(() => runAtCursor(server))),
        vscode.commands.registerCommand('voiden.editor.open', trusted(() => pages.open())),
        vscode.commands.registerCommand('voiden.editor.restart', trusted(() => server.restart(true))),
        vscode.commands.registerCommand('voiden.editor.showOutput', () => output.show()),
        vscode.workspace.onDidGrantWorkspaceTrust(start),
        vscode.workspace.onDidChangeConfiguration((event) => {
            // What is traced is looked at by the client itself.
            if (event.affectsConfiguration('voiden') && !event.affectsConfiguration('voiden.trace')) {
                void start();
            }
        }),
    );
    await start();
}

export async function deactivate(): Promise<void> {
    await client?.dispose();
}
