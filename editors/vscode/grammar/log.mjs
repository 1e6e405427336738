// A transcript, as `voiden` writes it.
import { scope } from './scopes.mjs';

const include = (...names) => names.map((name) => ({ include: `#${name}` }));

const TIME = '(?:^|\\G)([+]?[0-9][0-9:.]*(?:[+-][0-9:]+|Z)?[ ]{2})?';
const WHO = '(?:(\\S(?:.*?\\S)?)[ ])??';

const begins = (rest) => `${TIME}${WHO}${rest}`;
const captures = (more) => ({ 1: { name: 'comment.line.time.wss-log' }, 2: { name: scope.client }, ...more });

const arrow = (spelt, name) => [
    ['json|msgpack|cbor|proto(?:[ ][\\w.]+)?', 'json'],
    ['xml', 'xml'],
    ['binary', 'bytes'],
    ['text', 'plain'],
].map(([formats, patterns]) => ({
    begin: begins(`(${spelt})[ ](${formats})(?=[ ]|$)[ ]*`),
    end: '$',
    beginCaptures: captures({ 3: { name }, 4: { name: scope.format } }),
    patterns: include(patterns),
})).concat([
    {
        match: begins(`(${spelt})[ ](ping|pong|close|HTTP|[A-Z][A-Z0-9-]*)(?=[ ]|$)[ ]*([0-9]{3,4}(?=[ ]|$))?(.*)$`),
        captures: captures({
            3: { name },
            4: { name: scope.keyword },
            5: { name: scope.number },
            6: { name: scope.text, patterns: include('placeholder') },
        }),
    },
]);

export const log = {
    log: {
        patterns: [
            {
                match: '(?:^|\\G)(✓)([ ].*)$',
                captures: { 1: { name: 'markup.inserted.wss-log' }, 2: { name: 'comment.line.summary.wss-log' } },
            },
            {
                match: '(?:^|\\G)(✗)([ ][0-9].*)$',
                captures: { 1: { name: 'markup.deleted.wss-log' }, 2: { name: 'comment.line.summary.wss-log' } },
            },
            // Lines that go on with the payload above.
            { match: '(?:^|\\G)[ ]{2}([0-9a-f]{8})[ ]{2}(.*)$', captures: { 1: { name: 'comment.line.offset.wss-log' }, 2: { patterns: include('bytes') } } },
            { begin: '(?:^|\\G)(?=[ ]{2})', end: '$', patterns: include('json', 'xml') },
            {
                match: begins('(Connecting|Connected|Disconnected|Refused)(?:[ ]+(.*))?$'),
                captures: captures({ 3: { name: 'keyword.control.status.wss-log' }, 4: { name: 'string.unquoted.status.wss-log', patterns: include('placeholder') } }),
            },
            ...arrow('→', scope.send),
            ...arrow('←', scope.receive),
            { match: begins('(✗[ ].*)$'), captures: captures({ 3: { name: 'markup.deleted.wss-log' } }) },
            { match: begins('(….*)$'), captures: captures({ 3: { name: 'comment.line.left-out.wss-log' } }) },
        ],
    },
};
