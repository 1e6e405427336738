// The block language: a head, then steps. What starts a step depends on who may be named before its mark, so that there
// are three sets of rules for steps: of a block with one client, with several, and of a server.
import { scope } from './scopes.mjs';

const include = (...names) => names.map((name) => ({ include: `#${name}` }));

const NAME = '[\\p{L}\\p{N}_-]+';
const START = '(?:^|\\G)';
const STOP = '(?=[ \\t]|$)';

// How a step's line begins. The first group is a name, the second a mark.
const openings = {
    client: (marks) => `${START}()(${marks})${STOP}`,
    clients: (marks) => `${START}[ \\t]*(?:(?!--[ \\t])(${NAME})[ \\t]+)?(${marks})${STOP}`,
    server: (marks) =>
        marks.includes('->')
            ? `${START}(?:(?!--[ \\t])(${NAME})[ \\t]+)?(${marks})${STOP}`
            : `${START}()(${marks})${STOP}`,
};
const anyStep = {
    client: `${START}(?:->|→|<-|←|--)${STOP}`,
    clients: `${START}[ \\t]*(?:(?!--[ \\t])${NAME}[ \\t]+)?(?:->|→|<-|←|--)${STOP}`,
    server: `${START}(?:(?:(?!--[ \\t])${NAME}[ \\t]+)?(?:->|→)|<-|←|--)${STOP}`,
};
const marks = {
    send: { spelt: '->|→', name: scope.send },
    receive: { spelt: '<-|←', name: scope.receive },
    control: { spelt: '--', name: scope.control },
};

function steps(mode) {
    const captures = (mark, more) => ({ 1: { name: scope.client }, 2: { name: marks[mark].name }, ...more });
    const begin = (mark, rest) => openings[mode](marks[mark].spelt) + rest;
    const untilNext = `${START}(?!${anyStep[mode].slice(START.length)})`;

    // A step whose body may go on below its line.
    const withBody = (mark, rest, more, patterns) => ({
        name: 'meta.step.wss',
        begin: begin(mark, rest),
        beginCaptures: captures(mark, more),
        while: untilNext,
        patterns,
    });
    // A step that ends with its line.
    const oneLine = (mark, rest, more, patterns) => ({
        name: 'meta.step.wss',
        begin: begin(mark, rest),
        beginCaptures: captures(mark, more),
        end: '$',
        patterns,
    });
    const keyword = { 3: { name: scope.keyword } };
    const format = { 3: { name: scope.format } };

    // `FORMAT BODY`, behind an arrow or `-- on`; group 3 and what follows are theirs.
    const bodies = (mark, before, shift) => {
        const own = shift === 0 ? {} : keyword;
        const at = (offset, name) => ({ [3 + shift + offset]: { name } });
        const one = (rest, more, patterns) => withBody(mark, before + rest, { ...own, ...more }, patterns);
        return [
            one(`[ \\t]+(json|msgpack|cbor)${STOP}`, at(0, scope.format), include('file', 'json')),
            one('[ \\t]+(proto)[ \\t]+([\\w.]+)', { ...at(0, scope.format), ...at(1, scope.type) }, include('file', 'json')),
            one(`[ \\t]+(xml)${STOP}`, at(0, scope.format), include('file', 'xml')),
            one(`[ \\t]+(binary)${STOP}`, at(0, scope.format), include('file', 'bytes')),
            oneLine(mark, `${before}[ \\t]+(text)[ \\t]+(?=\\S)`, { ...own, ...at(0, scope.format) }, include('plain')),
            one('[ \\t]+(text)[ \\t]*$', at(0, scope.format), include('file', 'string', 'text')),
            one('[ \\t]+(?=\\{\\{[\\p{L}_$])', {}, include('text')),
            one('[ \\t]+(?=[\\[{])', {}, include('json')),
            one('[ \\t]+(?=<)', {}, include('xml')),
        ];
    };

    const arrows = ['send', 'receive'].flatMap((mark) => [
        oneLine(mark, `[ \\t]+(ping|pong)${STOP}[ \\t]*`, keyword, include('plain')),
        oneLine(
            mark,
            `[ \\t]+(close)${STOP}(?:[ \\t]+([0-9]+)${STOP})?[ \\t]*`,
            { ...keyword, 4: { name: scope.number } },
            include('plain'),
        ),
        ...bodies(mark, '', 0),
    ]);

    return {
        patterns: [
            {
                name: 'meta.step.wss',
                match: begin('control', '[ \\t]+(#.*)$'),
                captures: captures('control', { 3: { name: scope.comment } }),
            },
            oneLine('receive', `[ \\t]+(drop)${STOP}`, keyword, []),
            oneLine('receive', `[ \\t]+(HTTP)[ \\t]+(\\S+)`, { ...keyword, 4: { name: scope.number } }, []),
            // A server's answer: headers, then a body.
            withBody(
                'send',
                '[ \\t]+(HTTP)[ \\t]+(\\S+)(?:[ \\t]+(json|text|xml|binary|msgpack|cbor|proto))?',
                { ...keyword, 4: { name: scope.number }, 5: { name: scope.format } },
                include('answer-header', 'file', 'json', 'xml'),
            ),
            ...arrows,
            // Bare, or what is an error.
            withBody('send', '', {}, include('text')),
            withBody('receive', '', {}, include('text')),

            oneLine('control', `[ \\t]+(check|where)${STOP}`, keyword, include('jq')),
            oneLine(
                'control',
                '[ \\t]+(save|let)[ \\t]+(?:([\\p{L}_][\\p{L}\\p{N}_]*)[ \\t]*(=))?',
                { ...keyword, 4: { name: scope.variable }, 5: { name: scope.punctuation } },
                include('jq'),
            ),
            oneLine('control', `[ \\t]+(secret)${STOP}[ \\t]*(\\S*)`, { ...keyword, 4: { name: scope.variable } }, []),
            oneLine('control', `[ \\t]+(schema)${STOP}[ \\t]*(.*)`, { ...keyword, 4: { name: scope.file } }, []),
            oneLine('control', `[ \\t]+(note)${STOP}[ \\t]*`, keyword, include('text')),
            withBody(
                'control',
                `[ \\t]+(on)[ \\t]+([A-Z][A-Z0-9!#$%&'*+.^_\`|~-]*)[ \\t]+(/\\S*)(?:[ \\t]+(json|text|xml|binary|msgpack|cbor|proto)${STOP})?`,
                { ...keyword, 4: { name: scope.method }, 5: { name: scope.url }, 6: { name: scope.format } },
                include('file', 'json', 'xml'),
            ),
            oneLine('control', `[ \\t]+(on)[ \\t]+(connect|disconnect)[ \\t]*$`, { ...keyword, 4: { name: scope.keyword } }, []),
            ...bodies('control', '[ \\t]+(on)', 1),
            withBody('control', '[ \\t]+(on)[ \\t]*$', keyword, include('json', 'xml')),
            oneLine('control', '[ \\t]+([a-z-]+)', keyword, include('words')),
            oneLine('control', '', {}, []),
        ],
    };
}

const url = {
    match: `${START}[ \\t]*(\\S.*)$`,
    captures: { 1: { name: scope.url, patterns: include('placeholder') } },
};

function head(mode) {
    return {
        patterns: [
            { match: `${START}[ \\t]*(#.*)$`, captures: { 1: { name: scope.comment } } },
            {
                begin: `${START}[ \\t]*(?:(${NAME})[ \\t]+)?(@let)[ \\t]+(?:([\\p{L}_][\\p{L}\\p{N}_]*)[ \\t]*(=))?`,
                end: '$',
                beginCaptures: {
                    1: { name: scope.client },
                    2: { name: scope.option },
                    3: { name: scope.variable },
                    4: { name: scope.punctuation },
                },
                patterns: include('jq'),
            },
            ...['json|msgpack|cbor', 'xml', 'binary', 'text'].map((formats, at) => ({
                begin: `${START}[ \\t]*(@never|@ignore)[ \\t]+(${formats})${STOP}`,
                end: '$',
                beginCaptures: { 1: { name: scope.option }, 2: { name: scope.format } },
                patterns: include('file', ['json', 'xml', 'bytes', 'plain'][at]),
            })),
            {
                begin: `${START}[ \\t]*(@never|@ignore)[ \\t]+(?:(proto)[ \\t]+([\\w.]+))?`,
                end: '$',
                beginCaptures: { 1: { name: scope.option }, 2: { name: scope.format }, 3: { name: scope.type } },
                patterns: include('json', 'xml'),
            },
            {
                begin: `${START}[ \\t]*(@[\\p{L}\\p{N}_-]+)`,
                end: '$',
                beginCaptures: { 1: { name: scope.option } },
                patterns: include('words'),
            },
            {
                match: `${START}[ \\t]*([A-Z][A-Z0-9!#$%&'*+.^_\`|~-]*)[ \\t]+(\\S.*)$`,
                captures: { 1: { name: scope.method }, 2: { name: scope.url, patterns: include('placeholder') } },
            },
            {
                begin: `${START}[ \\t]*(?:(${NAME})[ \\t]+)?([!#$%&'*+.^_\`|~0-9A-Za-z-]+)(:)(?!//|[+])`,
                end: '$',
                beginCaptures: {
                    1: { name: scope.client },
                    2: { name: scope.header },
                    3: { name: 'punctuation.separator.header.wss' },
                },
                patterns: [
                    ...include('placeholder'),
                    { match: '(?:(?!\\{\\{).)+', name: scope.headerValue },
                    { match: '.', name: scope.headerValue },
                ],
            },
            ...(mode === 'clients'
                ? [
                      {
                          match: `${START}[ \\t]*(${NAME})[ \\t]+(\\S.*)$`,
                          captures: { 1: { name: scope.client }, 2: { name: scope.url, patterns: include('placeholder') } },
                      },
                  ]
                : []),
            url,
        ],
    };
}

// From the line that names several clients to the end of the block.
const severalClients = {
    begin: `${START}[ \\t]*(@clients)${STOP}`,
    end: '(?!)',
    beginCaptures: { 1: { name: scope.option } },
    patterns: [
        { match: `\\G[ \\t]+(\\S.*)$`, captures: { 1: { patterns: [{ match: NAME, name: scope.client }] } } },
        { include: '#steps-clients' },
        { include: '#head-clients' },
    ],
};

export const script = {
    client: { patterns: [{ include: '#several-clients' }, { include: '#steps-client' }, { include: '#head-client' }] },
    server: { patterns: [{ include: '#steps-server' }, { include: '#head-client' }] },
    'several-clients': severalClients,
    'steps-client': steps('client'),
    'steps-clients': steps('clients'),
    'steps-server': steps('server'),
    'head-client': head('client'),
    'head-clients': head('clients'),
    file: { match: '\\G\\s*@\\.{1,2}/.*$', name: scope.file },
    'answer-header': {
        match: `${START}([!#$%&'*+.^_\`|~0-9A-Za-z-]+)(:)(?=\\s)(.*)$`,
        captures: {
            1: { name: scope.header },
            2: { name: 'punctuation.separator.header.wss' },
            3: { name: scope.headerValue, patterns: include('placeholder') },
        },
    },
};
