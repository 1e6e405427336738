// The settings, and the program that they name.
import * as vscode from 'vscode';
import { findProgram, options, type Settings } from './program';

export interface Configured {
    program: string;
    options: string[];
}

/** The program and its options; without one, that is said. */
export function configured(): Configured | undefined {
    const settings = vscode.workspace.getConfiguration('voiden');
    const setting = settings.get('path', 'voiden');
    const program = findProgram(setting);
    if (!program) {
        void sayMissing(setting);
        return undefined;
    }
    const read: Settings = {
        env: settings.get('env', ''),
        envFiles: settings.get<string[]>('envFiles', []),
        variables: settings.get<Record<string, string>>('variables', {}),
        fileRoot: settings.get('fileRoot', ''),
        timeout: settings.get('timeout', ''),
        allowEnv: settings.get<string[]>('allowEnv', []),
        allowUnix: settings.get<string[]>('allowUnix', []),
        allowAddress: settings.get<string[]>('allowAddress', []),
    };
    return { program, options: options(read) };
}

let said = false;

async function sayMissing(setting: string): Promise<void> {
    if (said) {
        return;
    }
    said = true;
    const open = 'Open Settings';
    const message = `There is no program \`${setting}\` in PATH. Install voiden (cargo install voiden), or say in the settings where it is.`;
    if ((await vscode.window.showErrorMessage(message, open)) === open) {
        await vscode.commands.executeCommand('workbench.action.openSettings', 'voiden.path');
    }
    said = false;
}
