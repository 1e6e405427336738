// The page of `voiden open`, beside the document. One program serves one document, for as long as the window is open.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { configured } from './configuration';

const INTEGRATED_BROWSER = 'workbench.action.browser.open';

export class Pages implements vscode.Disposable {
    private readonly served = new Map<string, { child: ChildProcess; address: Promise<string> }>();

    constructor(private readonly output: vscode.LogOutputChannel) {}

    /** Opens the document of the active editor. */
    async open(): Promise<void> {
        const document = vscode.window.activeTextEditor?.document;
        if (!vscode.workspace.isTrusted || document?.languageId !== 'markdown') {
            return;
        }
        // The page shows what is in the file.
        if (document.isUntitled || document.isDirty) {
            if (!(await document.save())) {
                return;
            }
        }
        try {
            const address = await this.address(document.uri.fsPath);
            if (address) {
                await show(address);
            }
        } catch (error) {
            void vscode.window.showErrorMessage(`voiden open: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    private async address(file: string): Promise<string | undefined> {
        const served = this.served.get(file);
        if (served) {
            return served.address;
        }
        const found = configured(true);
        if (!found) {
            return undefined;
        }
        const child = spawn(found.program, ['open', '--no-browser', ...found.options, '--', file], {
            cwd: path.dirname(file),
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        const address = firstLine(child);
        this.served.set(file, { child, address });
        child.once('exit', () => this.served.delete(file));
        child.stderr.on('data', (chunk: Buffer) => this.output.info(String(chunk).trimEnd()));
        return address;
    }

    dispose(): void {
        for (const { child } of this.served.values()) {
            child.kill('SIGINT');
        }
        this.served.clear();
    }
}

/** The address on the first line of stdout, which must be of this machine. */
function firstLine(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
        let told = '';
        child.stderr?.on('data', (chunk: Buffer) => (told = (told + String(chunk)).slice(-2000)));
        child.once('error', reject);
        child.once('exit', () => reject(new Error(told.trim() || 'it ended without an address')));
        const stdout = child.stdout;
        if (!stdout) {
            reject(new Error('it has no stdout'));
            return;
        }
        createInterface({ input: stdout }).once('line', (line) => {
            if (/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\/\S*$/.test(line)) {
                resolve(line);
            } else {
                reject(new Error(`it gave no address: ${line.slice(0, 200)}`));
            }
        });
    });
}

/**
 * Shows the page beside the document. VS Code's integrated browser does that (1.109 and later, on the desktop). The older
 * Simple Browser is a frame in a page of another origin, where a browser withholds the page's cookie: there the system's
 * browser is used.
 */
async function show(address: string): Promise<void> {
    const commands = await vscode.commands.getCommands(true);
    if (commands.includes(INTEGRATED_BROWSER)) {
        await vscode.commands.executeCommand(INTEGRATED_BROWSER, { url: address, openToSide: true });
    } else {
        await vscode.env.openExternal(vscode.Uri.parse(address, true));
    }
}
