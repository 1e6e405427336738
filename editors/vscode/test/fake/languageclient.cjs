// A language client that starts nothing: it keeps what it was made of, and what was asked of it.
const made = [];
globalThis.fakeClients = made;

exports.LanguageClient = class {
    constructor(id, name, server, options) {
        Object.assign(this, { id, name, server, options, started: false, disposed: false, requests: [], lenses: [] });
        this.code2ProtocolConverter = { asUri: (uri) => String(uri) };
        made.push(this);
    }
    async start() {
        this.started = true;
    }
    async dispose() {
        this.disposed = true;
    }
    async sendRequest(method, parameters) {
        this.requests.push([method, parameters]);
        return method === 'textDocument/codeLens' ? this.lenses : null;
    }
};
