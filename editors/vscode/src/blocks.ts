// Which lines of a document belong to a block, for keys and buttons, which must know at once. What the server says of
// blocks is true; this is only as good as where the cursor is.

export type Word = '/wss' | '/wss-server' | '/http';

export interface Block {
    word: Word;
    /** The line of the opening fence, from 0. */
    start: number;
    /** The line of the closing fence, or the last one of the document. */
    end: number;
    /** The last line of its transcript, or `end`. */
    last: number;
}

interface Fence {
    mark: string;
    quotes: number;
    /** Where the content of the list item stands in which the fence opened. */
    indent: number;
    word: string;
    start: number;
}

const OPENING = /^((?:[ \t]*>)*)([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})[ \t]*(.*)$/;
const QUOTES = /^(?:[ \t]*>)*/;

/** The blocks that voiden runs, from top to bottom. */
export function blocks(lines: readonly string[]): Block[] {
    const found: Block[] = [];
    let open: Fence | undefined;
    // Whether a transcript here would still be the last block's.
    let pending = false;

    const close = (end: number): void => {
        const last = found.at(-1);
        if (open && isOurs(open.word)) {
            found.push({ word: open.word, start: open.start, end, last: end });
            pending = true;
        } else if (open?.word === 'wss-log' && pending && last) {
            last.last = end;
            pending = false;
        }
        open = undefined;
    };

    for (let at = skipFrontMatter(lines); at < lines.length; at += 1) {
        const line = (lines[at] ?? '').replace(/^\uFEFF/, '');
        if (open) {
            const prefix = QUOTES.exec(line)?.[0] ?? '';
            const rest = line.slice(prefix.length);
            const left = count(prefix) < open.quotes || (rest.trim() !== '' && width(rest) < open.indent);
            if (!left) {
                if (closes(rest, open.mark)) {
                    close(at);
                }
                continue;
            }
            close(at - 1);
        }
        const opening = OPENING.exec(line);
        const [, quotes = '', lead = '', mark = '', info = ''] = opening ?? [];
        if (opening && !(mark.startsWith('`') && info.includes('`'))) {
            open = {
                mark,
                quotes: count(quotes),
                indent: lead.trim() === '' ? 0 : lead.replace(/^[ \t]*/, '').length + (quotes ? 0 : width(lead)),
                word: info.split(/\s/, 1)[0] ?? '',
                start: at,
            };
        } else if (/^(?:[ \t]*>)*[ \t]{0,3}#{1,6}(?:[ \t]|$)/.test(line)) {
            pending = false;
        }
    }
    if (open) {
        close(lines.length - 1);
    }
    return found;
}

/** The block at a line, its transcript included. */
export function blockAt(lines: readonly string[], line: number): Block | undefined {
    return blocks(lines).find((block) => block.start <= line && line <= block.last);
}

function isOurs(word: string): word is Word {
    return word === '/wss' || word === '/wss-server' || word === '/http';
}

function closes(line: string, mark: string): boolean {
    const run = line.trim();
    return run.length >= mark.length && run === (mark[0] ?? '').repeat(run.length);
}

function count(prefix: string): number {
    return prefix.split('>').length - 1;
}

function width(line: string): number {
    return line.length - line.trimStart().length;
}

function skipFrontMatter(lines: readonly string[]): number {
    if (!/^\uFEFF?---[ \t]*$/.test(lines[0] ?? '')) {
        return 0;
    }
    const end = lines.findIndex((line, at) => at > 0 && /^(?:---|\.\.\.)[ \t]*$/.test(line));
    return end < 0 ? 0 : end + 1;
}
