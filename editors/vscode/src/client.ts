// The language server, while the workspace is trusted.
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';
import { configured } from './configuration';

export class Client implements vscode.Disposable {
    private client: LanguageClient | undefined;
    // Starts and stops in turn: of two that were asked for at once the second waits.
    private turn: Promise<void> = Promise.resolve();

    constructor(private readonly output: vscode.LogOutputChannel) {}

    /** The running client. */
    get running(): LanguageClient | undefined {
        return this.client;
    }

    /** Starts the server, or starts it anew. Where the workspace is not trusted nothing is started. */
    restart(asked = false): Promise<void> {
        this.turn = this.turn.then(async () => {
            await this.stop();
            if (vscode.workspace.isTrusted) {
                await this.start(asked);
            }
        });
        return this.turn;
    }

    private async start(asked: boolean): Promise<void> {
        const found = configured(asked);
        if (!found) {
            return;
        }
        const client = new LanguageClient(
            'voiden',
            'voiden',
            { command: found.program, args: ['lsp', ...found.options] },
            {
                documentSelector: [
                    { scheme: 'file', language: 'markdown' },
                    { scheme: 'untitled', language: 'markdown' },
                ],
                outputChannel: this.output,
            },
        );
        try {
            await client.start();
            this.client = client;
        } catch (error) {
            this.output.error(`${found.program} lsp does not start: ${String(error)}`);
            await client.dispose().catch(() => undefined);
        }
    }

    private async stop(): Promise<void> {
        const client = this.client;
        this.client = undefined;
        await client?.dispose().catch(() => undefined);
    }

    async dispose(): Promise<void> {
        this.turn = this.turn.then(() => this.stop());
        await this.turn;
    }
}
