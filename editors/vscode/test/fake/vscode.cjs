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
    commands: [],
    opened: [],
    found: [],
};
globalThis.fakeVscode = fake;

// A collection of tests, as a controller and its items have them.
class Items {
    constructor(parent) {
        this.parent = parent;
        this.map = new Map();
    }
    get size() {
        return this.map.size;
    }
    get(id) {
        return this.map.get(id);
    }
    add(item) {
        item.parent = this.parent;
        this.map.set(item.id, item);
    }
    delete(id) {
        this.map.delete(id);
    }
    replace(items) {
        this.map.clear();
        items.forEach((item) => this.add(item));
    }
    forEach(each) {
        this.map.forEach((item) => each(item));
    }
}

function createTestController() {
    const controller = {
        profiles: new Map(),
        items: new Items(undefined),
        createTestItem: (id, label, uri) => {
            const item = { id, label, uri };
            item.children = new Items(item);
            return item;
        },
        createRunProfile: (name, kind, run) => controller.profiles.set(name, run),
        createTestRun: () => {
            const told = [];
            const tell = (verdict) => (item, message) => told.push([verdict, item.id, message]);
            fake.run = told;
            return {
                started: () => undefined,
                passed: tell('passed'),
                failed: tell('failed'),
                errored: tell('errored'),
                skipped: tell('skipped'),
                appendOutput: () => undefined,
                end: () => told.push(['end']),
            };
        },
        dispose: () => (fake.controllers -= 1),
    };
    fake.controllers += 1;
    fake.controller = controller;
    return controller;
}

const output = { info() {}, error() {}, show() {}, dispose() {} };

module.exports = {
    Disposable,
    Range: class {
        constructor(line, character) {
            this.start = { line, character };
        }
    },
    Position: class {
        constructor(line, character) {
            Object.assign(this, { line, character });
        }
    },
    Location: class {
        constructor(uri, position) {
            Object.assign(this, { uri, position });
        }
    },
    TestMessage: class {
        constructor(message) {
            this.message = message;
        }
    },
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
        getCommands: async () => fake.commands,
    },
    env: { openExternal: async ({ text }) => fake.opened.push(text) },
    tests: { createTestController },
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
        asRelativePath: (uri) => uri.fsPath,
        findFiles: async () => fake.found,
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
