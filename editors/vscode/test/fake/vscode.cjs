// As much of VS Code as the extension touches when it starts, and what was asked of it.
const { EventEmitter } = require('node:events');

class Disposable {
    constructor(dispose) {
        this.dispose = dispose ?? (() => undefined);
    }
    static from(...all) {
        return new Disposable(() => all.forEach((one) => one.dispose()));
    }
}

const events = new EventEmitter();
const on = (name) => (listener) => {
    events.on(name, listener);
    return new Disposable(() => events.off(name, listener));
};
const fake = {
    events,
    settings: {},
    executed: [],
    registered: new Map(),
    controllers: 0,
    messages: [],
};
globalThis.fakeVscode = fake;

const output = { info() {}, error() {}, show() {}, dispose() {} };

module.exports = {
    Disposable,
    Range: class {},
    Position: class {},
    Location: class {},
    TestMessage: class {},
    TestRunProfileKind: { Run: 1 },
    Uri: { parse: (text) => ({ text }) },
    commands: {
        registerCommand: (name, run) => {
            fake.registered.set(name, run);
            return new Disposable(() => fake.registered.delete(name));
        },
        executeCommand: async (...asked) => {
            fake.executed.push(asked);
        },
        getCommands: async () => [],
    },
    env: { openExternal: async () => true },
    tests: {
        createTestController: () => {
            fake.controllers += 1;
            return { createRunProfile() {}, items: new Map(), dispose: () => (fake.controllers -= 1) };
        },
    },
    window: {
        activeTextEditor: undefined,
        createOutputChannel: () => output,
        onDidChangeActiveTextEditor: on('editor'),
        onDidChangeTextEditorSelection: on('selection'),
        showErrorMessage: async (message) => void fake.messages.push(message),
        showInformationMessage: async (message) => void fake.messages.push(message),
        showWarningMessage: async (message) => void fake.messages.push(message),
    },
    workspace: {
        isTrusted: false,
        textDocuments: [],
        getConfiguration: () => ({ get: (name, fallback) => fake.settings[name] ?? fallback }),
        onDidChangeTextDocument: on('text'),
        onDidGrantWorkspaceTrust: on('trust'),
        onDidChangeConfiguration: on('configuration'),
        createFileSystemWatcher: () => ({
            onDidCreate: () => new Disposable(),
            onDidChange: () => new Disposable(),
            onDidDelete: () => new Disposable(),
            dispose() {},
        }),
    },
};
fake.api = module.exports;
