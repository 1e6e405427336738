// Which of the server's lenses stands for running a block.
import type { Block } from './blocks';

export interface Lens {
    range: { start: { line: number } };
    command?: { title: string; command: string; arguments?: unknown[] } | undefined;
}

/** The lens that runs a block, or serves it, where it is a server. */
export function lensOf<T extends Lens>(lenses: readonly T[], block: Block): T | undefined {
    const here = lenses.filter(({ range }) => block.start <= range.start.line && range.start.line <= block.end);
    const titled = (pattern: RegExp): T | undefined => here.find(({ command }) => pattern.test(command?.title ?? ''));
    return titled(/\bRun\b(?! all)/i) ?? titled(/\bServe\b/i);
}
