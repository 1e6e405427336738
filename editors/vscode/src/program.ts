// Where the program is, and what it is told. It is looked for in the folders of PATH alone, never in the folder that is
// open: a name there would be a stranger's program.
import { accessSync, constants, statSync } from 'node:fs';
import * as path from 'node:path';

export interface Environment {
    readonly platform: string;
    readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The absolute path of the program that a setting names, if there is one. */
export function findProgram(
    setting: string,
    { platform, variables }: Environment = { platform: process.platform, variables: process.env },
): string | undefined {
    const name = setting.trim() === '' ? 'voiden' : setting.trim();
    const endings = platform === 'win32' ? ['', ...(variables['PATHEXT'] ?? '.EXE').split(';')] : [''];
    const expanded = name.startsWith('~/') ? path.join(variables['HOME'] ?? '', name.slice(2)) : name;
    if (path.isAbsolute(expanded)) {
        return endings.map((ending) => expanded + ending).find(isProgram);
    }
    if (/[/\\]/.test(expanded)) {
        return undefined;
    }
    const folders = (variables['PATH'] ?? variables['Path'] ?? '').split(platform === 'win32' ? ';' : ':');
    return folders
        .filter((folder) => path.isAbsolute(folder))
        .flatMap((folder) => endings.map((ending) => path.join(folder, expanded + ending)))
        .find(isProgram);
}

function isProgram(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
    } catch {
        return false;
    }
}

export interface Settings {
    env: string;
    envFiles: readonly string[];
    variables: Readonly<Record<string, string>>;
    fileRoot: string;
    timeout: string;
    allowEnv: readonly string[];
    allowUnix: readonly string[];
    allowAddress: readonly string[];
}

/** The options of `run`, which `lsp` and `open` take, too. Each is one word, so that no value is taken for an option. */
export function options(settings: Settings): string[] {
    const one = (name: string, value: string): string[] => (value === '' ? [] : [`${name}=${value}`]);
    const many = (name: string, values: readonly string[]): string[] => values.flatMap((value) => one(name, value));
    return [
        ...one('--env', settings.env),
        ...many('--env-file', settings.envFiles),
        ...Object.entries(settings.variables).map(([name, value]) => `--var=${name}=${value}`),
        ...one('--file-root', settings.fileRoot),
        ...one('--timeout', settings.timeout),
        ...many('--allow-env', settings.allowEnv),
        ...many('--allow-unix', settings.allowUnix),
        ...many('--allow-address', settings.allowAddress),
    ];
}
