// What stands behind an arrow, and in expressions: JSON, XML, bytes, text and jq. None of these rules reaches over the end
// of a line, so that a body that is not finished paints nothing below it.
import { scope } from './scopes.mjs';

const include = (...names) => names.map((name) => ({ include: `#${name}` }));

const placeholder = {
    // Of a longer run of braces the last two open; the first two that come close.
    begin: '(?<!\\\\)\\{\\{(?=[\\p{L}_$])',
    end: '\\}\\}|$',
    name: scope.placeholder,
    beginCaptures: { 0: { name: 'punctuation.definition.placeholder.begin.wss' } },
    endCaptures: { 0: { name: 'punctuation.definition.placeholder.end.wss' } },
    patterns: [
        {
            // A regular expression may hold braces: it ends at its slash.
            match: '(\\$match)\\s+(/(?:\\\\.|[^/\\\\\\n])*/)',
            captures: { 1: { name: 'support.function.placeholder.wss' }, 2: { name: 'string.regexp.wss' } },
        },
        {
            match: '\\b(as)\\s+([\\p{L}_][\\p{L}\\p{N}_]*)',
            captures: { 1: { name: scope.keyword }, 2: { name: scope.variable } },
        },
        { match: '\\$[A-Za-z]+', name: 'support.function.placeholder.wss' },
        { match: '(?<![\\p{L}\\p{N}_])-?[0-9]+', name: scope.number },
        { match: '\\.{1,2}/[^\\s}]+', name: scope.file },
        { match: '[\\p{L}_][\\p{L}\\p{N}_.-]*', name: scope.variable },
    ],
};

const escapes = { match: '\\\\(?:["\\\\/bfnrt]|u[0-9A-Fa-f]{4})|\\\\\\{\\{', name: scope.escape };

const json = {
    patterns: [
        ...include('placeholder'),
        {
            // A key, also one with a placeholder in it.
            begin: '"(?=(?:\\\\.|[^"\\\\])*"\\s*:)',
            end: '"|$',
            name: scope.key,
            patterns: include('placeholder', 'escapes'),
        },
        ...include('string'),
        { match: '-?\\b[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\\b', name: scope.number },
        { match: '\\b(?:true|false|null)\\b', name: scope.constant },
        { match: '[\\[\\]{}]', name: 'punctuation.bracket.json.wss' },
        { match: '[,:]', name: 'punctuation.separator.json.wss' },
    ],
};

const string = { begin: '"', end: '"|$', name: scope.string, patterns: include('placeholder', 'escapes') };

const xml = {
    patterns: [
        ...include('placeholder'),
        { match: '<!--.*?(?:-->|$)', name: 'comment.block.xml.wss' },
        { match: '<!\\[CDATA\\[.*?(?:\\]\\]>|$)', name: 'string.unquoted.cdata.xml.wss' },
        {
            begin: '(<[/?!]?)([\\p{L}_][\\p{L}\\p{N}_.:-]*)',
            end: '[/?]?>|$',
            beginCaptures: { 1: { name: 'punctuation.definition.tag.xml.wss' }, 2: { name: scope.tag } },
            endCaptures: { 0: { name: 'punctuation.definition.tag.xml.wss' } },
            patterns: include('placeholder', 'xml-attributes'),
        },
        // The attributes of an element that began on a line above.
        { match: '^\\s+(?=[\\p{L}_][\\p{L}\\p{N}_.:-]*\\s*=)' },
        ...include('xml-attributes'),
        { match: '&(?:#x?[0-9A-Fa-f]+|\\w+);', name: 'constant.character.entity.xml.wss' },
    ],
};

const xmlAttributes = {
    patterns: [
        {
            match: '([\\p{L}_][\\p{L}\\p{N}_.:-]*)\\s*(=)(?=\\s*["\'])',
            captures: { 1: { name: scope.attribute }, 2: { name: scope.punctuation } },
        },
        { begin: '(?<==|=\\s)"', end: '"|$', name: 'string.quoted.double.xml.wss', patterns: include('placeholder') },
        { begin: "(?<==|=\\s)'", end: "'|$", name: 'string.quoted.single.xml.wss', patterns: include('placeholder') },
    ],
};

const bytes = {
    patterns: [
        ...include('placeholder', 'string'),
        // Beside the bytes of a dump stands their text, which is not read.
        { match: '│.*$', name: 'comment.line.dump.wss' },
        { match: '\\b(?:hex|base64)\\b', name: scope.format },
        { match: '[0-9A-Za-z+/=?*·…]+', name: scope.bytes },
    ],
};

const text = {
    patterns: [
        ...include('placeholder'),
        { match: '\\\\\\{\\{', name: scope.escape },
        { match: '(?:(?!\\{\\{|\\\\\\{\\{).)+', name: scope.text },
        { match: '.', name: scope.text },
    ],
};

// A text that is one JSON string, a file, or itself.
const plain = {
    patterns: [
        { begin: '\\G\\s*"', end: '"|$', name: scope.string, patterns: include('placeholder', 'escapes') },
        { match: '\\G\\s*@\\.{1,2}/.*$', name: scope.file },
        ...include('text'),
    ],
};

const jq = {
    patterns: [
        { match: '#.*$', name: 'comment.line.number-sign.jq.wss' },
        {
            begin: '"',
            end: '"|$',
            name: 'string.quoted.double.jq.wss',
            patterns: [
                { begin: '\\\\\\(', end: '\\)|$', name: 'meta.interpolation.jq.wss', patterns: include('jq') },
                { match: '\\\\.', name: 'constant.character.escape.jq.wss' },
            ],
        },
        { match: '\\$[\\p{L}_][\\p{L}\\p{N}_.]*', name: 'variable.other.jq.wss' },
        { match: '@[a-z0-9]+\\b', name: 'support.function.format.jq.wss' },
        { match: '\\.\\.|\\.[\\p{L}_][\\p{L}\\p{N}_]*|\\.(?=[\\["\\s|)]|$)', name: 'variable.other.property.jq.wss' },
        {
            match: '\\b(?:if|then|elif|else|end|as|def|reduce|foreach|try|catch|label|and|or|not|import|include)\\b',
            name: 'keyword.control.jq.wss',
        },
        { match: '\\b(?:true|false|null)\\b', name: 'constant.language.jq.wss' },
        { match: '(?<![\\p{L}_])-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?', name: 'constant.numeric.jq.wss' },
        { match: '[\\p{L}_][\\p{L}\\p{N}_]*(?=\\s*:)', name: 'support.type.property-name.jq.wss' },
        { match: '[\\p{L}_][\\p{L}\\p{N}_]*', name: 'support.function.jq.wss' },
        { match: '[|=!<>+*/%?:;,-]+', name: 'keyword.operator.jq.wss' },
        { match: '[\\[\\](){}]', name: 'punctuation.bracket.jq.wss' },
    ],
};

// What stands behind a word: durations, sizes, counts, files, names.
const words = {
    patterns: [
        ...include('placeholder', 'string'),
        { match: '\\b(?:every|within|times|none)\\b', name: scope.keyword },
        { match: '(?<!\\S)(?:[0-9.]+(?:h|ms|m|s|us|ns))+(?!\\S)', name: scope.duration },
        { match: '(?<!\\S)[0-9]+(?:\\.\\.[0-9]+)?(?:[KMG]?i?B)?(?=,|\\s|$)', name: scope.number },
        { match: '(?<!\\S)\\.{1,2}/\\S+', name: scope.file },
        { match: '(?<!\\S)/(?:\\\\.|[^/\\\\])+/(?!\\S)', name: 'string.regexp.wss' },
        { match: '(?:(?!\\{\\{)[^\\s"])+', name: scope.value },
    ],
};

export const payloads = {
    placeholder,
    escapes,
    json,
    string,
    xml,
    'xml-attributes': xmlAttributes,
    bytes,
    text,
    plain,
    jq,
    words,
};
