// The Test Explorer: each document is a test that holds its blocks. They are listed and run by the program, from the file:
// a document that has been changed is saved first.
import { spawn } from 'node:child_process';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { configured } from './configuration';
import { listed, outcomes, type Outcome } from './outcomes';

const DOCUMENTS = '**/*.{md,markdown}';
const LEFT_OUT = '**/{node_modules,target,.git}/**';
/** Documents that one program is asked about: a command line has an end. */
const AT_ONCE = 100;

export class Tests implements vscode.Disposable {
    private readonly controller = vscode.tests.createTestController('voiden', 'voiden');
    private readonly watching: vscode.Disposable[] = [];

    constructor(private readonly output: vscode.LogOutputChannel) {
        const profile = (name: string, options: string[], isDefault: boolean): void => {
            this.controller.createRunProfile(
                name,
                vscode.TestRunProfileKind.Run,
                (request, token) => this.run(request, token, options),
                isDefault,
            );
        };
        profile('Run', [], true);
        profile('Compare with the recorded transcripts', ['--check'], false);
        this.controller.resolveHandler = async (item) => {
            if (!item) {
                await this.findAll();
            }
        };
        this.controller.refreshHandler = () => this.findAll();
        const watcher = vscode.workspace.createFileSystemWatcher(DOCUMENTS);
        this.watching.push(
            watcher,
            watcher.onDidCreate((uri) => this.find([uri])),
            watcher.onDidChange((uri) => this.find([uri])),
            watcher.onDidDelete((uri) => this.controller.items.delete(uri.toString())),
        );
    }

    private async findAll(): Promise<void> {
        const found = await vscode.workspace.findFiles(DOCUMENTS, LEFT_OUT);
        for (let at = 0; at < found.length; at += AT_ONCE) {
            await this.find(found.slice(at, at + AT_ONCE));
        }
    }

    /** Lists the blocks of documents. */
    private async find(uris: readonly vscode.Uri[]): Promise<void> {
        const program = vscode.workspace.isTrusted ? configured()?.program : undefined;
        if (!program) {
            return;
        }
        const { stdout } = await this.ask(program, ['list', '--', ...uris.map((uri) => uri.fsPath)]);
        const blocks = listed(stdout).filter(({ word }) => word !== '/wss-server');
        for (const uri of uris) {
            const own = blocks.filter(({ file }) => file === uri.fsPath);
            if (own.length === 0) {
                this.controller.items.delete(uri.toString());
                continue;
            }
            const label = vscode.workspace.asRelativePath(uri);
            const item = this.controller.items.get(uri.toString()) ?? this.controller.createTestItem(uri.toString(), label, uri);
            item.children.replace(
                own.map(({ line, name }) => {
                    // The same item as before: a run under way tells of it.
                    const child = item.children.get(name) ?? this.controller.createTestItem(name, name, uri);
                    child.range = new vscode.Range(line - 1, 0, line - 1, 0);
                    return child;
                }),
            );
            this.controller.items.add(item);
        }
    }

    private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken, options: string[]): Promise<void> {
        const run = this.controller.createTestRun(request);
        const excluded = new Set(request.exclude ?? []);
        const chosen = new Map<vscode.TestItem, Set<vscode.TestItem>>();
        const roots: vscode.TestItem[] = [];
        this.controller.items.forEach((item) => roots.push(item));
        for (const item of request.include ?? roots) {
            const document = item.parent ?? item;
            const blocks = chosen.get(document) ?? new Set();
            chosen.set(document, blocks);
            if (item.parent) {
                blocks.add(item);
            } else {
                item.children.forEach((child) => blocks.add(child));
            }
        }
        try {
            for (const [document, blocks] of chosen) {
                const wanted = [...blocks].filter((block) => !excluded.has(block) && !excluded.has(document));
                if (wanted.length > 0 && !token.isCancellationRequested) {
                    await this.runDocument(run, document, wanted, token, options);
                }
            }
        } finally {
            run.end();
        }
    }

    private async runDocument(
        run: vscode.TestRun,
        item: vscode.TestItem,
        wanted: readonly vscode.TestItem[],
        token: vscode.CancellationToken,
        options: readonly string[],
    ): Promise<void> {
        const found = vscode.workspace.isTrusted ? configured() : undefined;
        const uri = item.uri;
        if (!found || !uri) {
            wanted.forEach((block) => run.skipped(block));
            return;
        }
        const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
        if (open?.isDirty && !(await open.save())) {
            wanted.forEach((block) => run.errored(block, new vscode.TestMessage('The document could not be saved.')));
            return;
        }
        // Saving, and a run before this one, move lines.
        await this.find([uri]);
        const now = wanted.map((block) => item.children.get(block.id)).filter((block) => block !== undefined);
        now.forEach((block) => run.started(block));
        const whole = now.length === item.children.size;
        const named = whole ? [uri.fsPath] : now.map((block) => `${uri.fsPath}:${(block.range?.start.line ?? 0) + 1}`);
        const args = ['run', '--quiet', '--color=never', '--report=json=-', ...options, ...found.options, '--', ...named];
        const { stdout, stderr } = await this.ask(found.program, args, token);
        run.appendOutput(stderr.replace(/\r?\n/g, '\r\n'), undefined, item);
        // Transcripts that were written have moved the blocks below them.
        await this.find([uri]);
        this.tell(run, uri, now, stdout, stderr);
    }

    /** Tells of each block how it went. */
    private tell(run: vscode.TestRun, uri: vscode.Uri, blocks: readonly vscode.TestItem[], stdout: string, stderr: string): void {
        let report: ReturnType<typeof outcomes>;
        try {
            report = outcomes(stdout);
        } catch {
            blocks.forEach((block) => run.errored(block, new vscode.TestMessage(stderr.trim() || 'It gave no report.')));
            return;
        }
        for (const block of blocks) {
            const session = report.sessions.find(({ name }) => name === block.id);
            if (session?.outcome === 'passed') {
                run.passed(block, session.took);
            } else if (session?.outcome === 'failed') {
                run.failed(block, failure(uri, block, session, report.difference), session.took);
            } else if (report.problems.length > 0 && !session) {
                run.errored(block, report.problems.map((problem) => message(uri, problem)));
            } else {
                run.skipped(block);
            }
        }
    }

    private ask(program: string, args: string[], token?: vscode.CancellationToken): Promise<{ stdout: string; stderr: string }> {
        return new Promise((resolve) => {
            const file = args.at(-1) ?? '';
            const child = spawn(program, args, { cwd: path.dirname(file), stdio: ['ignore', 'pipe', 'pipe'] });
            let stdout = '';
            let stderr = '';
            child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
            child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
            const cancelled = token?.onCancellationRequested(() => child.kill('SIGINT'));
            child.once('error', (error) => {
                this.output.error(`${program}: ${error.message}`);
                stderr += error.message;
            });
            child.once('close', () => {
                cancelled?.dispose();
                resolve({ stdout, stderr });
            });
        });
    }

    dispose(): void {
        vscode.Disposable.from(...this.watching).dispose();
        this.controller.dispose();
    }
}

function failure(uri: vscode.Uri, block: vscode.TestItem, session: Outcome, difference: string): vscode.TestMessage {
    const told = [session.message, difference].filter((text) => text !== '').join('\n\n') || 'It failed.';
    // The report's lines are those of the document as it was read.
    const moved = (block.range?.start.line ?? session.block - 1) + 1 - session.block;
    return message(uri, { message: told, line: session.line + moved, column: session.column });
}

function message(uri: vscode.Uri, problem: { message: string; line: number; column: number }): vscode.TestMessage {
    const told = new vscode.TestMessage(problem.message);
    if (problem.line > 0) {
        told.location = new vscode.Location(uri, new vscode.Position(problem.line - 1, Math.max(problem.column - 1, 0)));
    }
    return told;
}
