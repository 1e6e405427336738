// The documents that the tests open.

const fence = '```';

export const ECHO = `# Echo

Says *back* what it hears.

${fence}/wss-server echo
ws://127.0.0.1:0/

-- on json {"op": "flood"}
-> json {"n": {{$index}}, "of": "a flood"}
-- repeat 10000

-- on text
-> {{$message}}
${fence}

## Greets

${fence}/wss Greets
{{echo.url}}

-> json {"op": "hello", "list": [1, 2, {"deep": 12345678901234567890}]}
<- json {"op": "hello"}
${fence}

${fence}/wss Fails
{{echo.url}}
@timeout 300ms

-> text one
<- text two
${fence}

${fence}/wss Works still
{{echo.url}}

-> text last
<- text last
${fence}
`;

export const FLOOD = `# Flood

${fence}/wss-server pump
ws://127.0.0.1:0/

-- on text go
-> json {"n": {{$index}}, "of": "a flood"}
-- repeat 10000
${fence}

${fence}/wss Flooded
{{pump.url}}
@timeout 60s

-> text go
<- json {"n": 9999}
${fence}
`;

const SCRIPT = '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>';

export const HOSTILE = `# Hostile ${SCRIPT}

${SCRIPT}

<script>globalThis.pwned = 1</script>

[link](javascript:globalThis.pwned=1) ![picture](javascript:globalThis.pwned=1) ![far](https://example.invalid/a.png)

| ${SCRIPT} |
|--|
| "><svg onload=globalThis.pwned=1> |

${fence}/wss-server peer
ws://127.0.0.1:0/
X-Evil: ${SCRIPT}

-- on text
-> json {"${SCRIPT.replaceAll('"', "'")}": "${SCRIPT.replaceAll('"', "'")}"}
-> text ${SCRIPT}
-> text "\\u001b[2J\\u202e${SCRIPT.replaceAll('"', "'")}"
-> close 1000 <script>pwned=1</script>
${fence}

${fence}/wss Name ${SCRIPT}
{{peer.url}}
# ${SCRIPT}

-> text ${SCRIPT}
<- text never ${SCRIPT}
${fence}

${fence}wss-log
✗ ${SCRIPT}
12:03:04.101  ← text  ${SCRIPT}
${SCRIPT}
${fence}
`;
