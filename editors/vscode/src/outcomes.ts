// What `voiden list` and `voiden run --report json=-` say, as the Test Explorer needs it.

export interface Listed {
    file: string;
    /** From 1. */
    line: number;
    word: string;
    name: string;
}

/** The lines of `voiden list`. */
export function listed(stdout: string): Listed[] {
    return stdout.split(/\r?\n/).flatMap((line) => {
        const [, file, number, word, name] = /^(.*):(\d+)\t([^\t]*)\t(.*)$/.exec(line) ?? [];
        return file && number && word && name !== undefined ? [{ file, line: Number(number), word, name }] : [];
    });
}

export interface Outcome {
    name: string;
    outcome: 'passed' | 'failed' | 'skipped';
    /** Milliseconds. */
    took: number;
    message: string;
    /** The line of its fence, from 1, in the document as it was read. */
    block: number;
    /** Where it failed, likewise; the column is 0 if that is not known. */
    line: number;
    column: number;
}

export interface DocumentOutcome {
    /** Why it could not run, or only in part. */
    problems: { message: string; line: number; column: number }[];
    difference: string;
    sessions: Outcome[];
}

/** A report of one document, or why it is none. */
export function outcomes(report: string): DocumentOutcome {
    const document = list(object(JSON.parse(report))['documents']).map(object)[0];
    if (!document) {
        return { problems: [], difference: '', sessions: [] };
    }
    const problems = list(document['problems']).map((problem) => {
        const { message, hint, line, column } = object(problem);
        return { message: hint ? `${text(message)}\n${text(hint)}` : text(message), line: number(line), column: number(column) };
    });
    const sessions = list(document['sessions']).map((value): Outcome => {
        const session = object(value);
        const failure = object(session['failure']);
        const outcome = session['outcome'];
        return {
            name: text(session['name']),
            outcome: outcome === 'passed' || outcome === 'skipped' ? outcome : 'failed',
            took: number(session['took']) / 1000,
            message: text(failure['message']) || text(session['reason']),
            block: number(session['line']),
            line: number(failure['line']) || number(session['line']),
            column: number(failure['column']),
        };
    });
    return { problems, difference: text(document['difference']), sessions };
}

function object(value: unknown): Record<string, unknown> {
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
    return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
    return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
    return typeof value === 'number' ? value : 0;
}
