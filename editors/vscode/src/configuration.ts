// The settings, and the program that they name.
import * as vscode from 'vscode';
import { findProgram, options, type Settings } from './program';

export interface Configured {
    program: string;
    options: string[];
}

// What was said to be missing: that is not said again for each document that is saved.
let missing: string | undefined;

/** The program and its options. That there is no program is said, once where it was not asked for by a command. */
export function configured(asked = false): Configured | undefined {
    const settings = vscode.workspace.getConfiguration('voiden');
    const setting = settings.get('path', 'voiden');
    const program = findProgram(setting);
    if (!program) {
        if (asked || missing !== setting) {
            missing = setting;
            void sayMissing(setting);
        }
        return undefined;
    }
    missing = undefined;
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

async function sayMissing(setting: string): Promise<void> {
    const open = 'Open Settings';
    const message = `There is no program \`${setting}\` in PATH. Install voiden (cargo install voiden), or say in the settings where it is.`;
    if ((await vscode.window.showErrorMessage(message, open)) === open) {
        await vscode.commands.executeCommand('workbench.action.openSettings', 'voiden.path');
    }
}
