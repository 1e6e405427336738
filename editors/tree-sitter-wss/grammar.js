/**
 * @file The script of one block: what stands between the fences of ```/wss, ```/wss-server and ```/http.
 * @license MIT OR Apache-2.0
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

// Where a line starts a step depends on what follows in it, and where a body ends on the line after it: src/scanner.c
// tells that. It is lenient where `voiden` is not: a mistake is told by the language server.

module.exports = grammar({
  name: 'wss',

  externals: ($) => [
    // The end of a line, or of the text, with the blank lines below.
    $._eol,
    // Blank lines at the start.
    $._blank,
    // The end of a line of a body that goes on below, with the blank lines in between.
    $._continue,
    // Characters up to a placeholder or the end of the line.
    $._text,
    $.client,
    $._send_mark,
    $._receive_mark,
    $._control_mark,
    $.comment,
    $._option,
    $._option_let,
    $._option_pattern,
    $._option_clients,
    $.header_name,
    $.method,
    $._url_start,
    // Nothing, before a body that is JSON or XML by sight.
    $._json_sight,
    $._xml_sight,
    $.line_escape,
    $.encoding,
    $.file,
    $._code,
    $._error_sentinel,
  ],

  extras: (_) => [/[ \t]/],

  rules: {
    script: ($) => seq(optional($._blank), repeat($._head_line), repeat($._step_line)),

    // ---- head ----

    _head_line: ($) =>
      seq(choice($.comment, $.option, $.header, $.url, $.request), $._eol),

    url: ($) => seq(optional(field('client', $.client)), field('value', alias($._url_text, $.target))),
    _url_text: ($) => prec.right(seq($._url_start, repeat($._inline))),

    request: ($) => seq(field('method', $.method), field('value', alias($._inlines, $.target))),

    header: ($) =>
      seq(
        optional(field('client', $.client)),
        field('name', $.header_name),
        token.immediate(':'),
        optional(field('value', alias($._inlines, $.header_value))),
      ),

    option: ($) =>
      choice(
        seq(field('name', alias($._option, $.option_name)), optional(field('value', alias($._inlines, $.value)))),
        seq(
          field('name', alias($._option_clients, $.option_name)),
          optional(seq(alias($._name, $.client), repeat(seq(',', alias($._name, $.client))), optional(','))),
        ),
        seq(
          optional(field('client', $.client)),
          field('name', alias($._option_let, $.option_name)),
          optional($._assignment),
        ),
        seq(field('name', alias($._option_pattern, $.option_name)), optional($._pattern_line)),
      ),
    _name: (_) => /[^\s,]+/,

    // A pattern that ends with its line.
    _pattern_line: ($) =>
      choice(
        seq(field('format', alias(choice('json', 'msgpack', 'cbor'), $.format)), optional($._json_line)),
        seq(field('format', alias('proto', $.format)), field('type', $.message_type), optional($._json_line)),
        seq(field('format', alias('xml', $.format)), optional(alias($._inlines, $.xml_body))),
        seq(field('format', alias('text', $.format)), optional(choice($.file, alias($._inlines, $.text_body)))),
        seq(field('format', alias('binary', $.format)), optional(alias($._bytes_line, $.binary_body))),
        seq($._json_sight, $._json_line),
        seq($._xml_sight, alias($._inlines, $.xml_body)),
      ),
    _json_line: ($) => choice($.file, alias($._inlines, $.json_body)),
    _bytes_line: ($) => seq(optional($.encoding), $._inlines),

    // ---- steps ----

    _step_line: ($) => seq(choice($.send, $.receive, $.control), $._eol),

    send: ($) =>
      seq(
        optional(field('client', $.client)),
        field('mark', alias($._send_mark, $.mark)),
        optional(choice($._control_frame, $._answer, $._payload)),
      ),

    receive: ($) =>
      seq(
        optional(field('client', $.client)),
        field('mark', alias($._receive_mark, $.mark)),
        optional(
          choice(
            $._control_frame,
            seq(field('keyword', alias('HTTP', $.keyword)), field('status', $.status)),
            field('keyword', alias('drop', $.keyword)),
            $._payload,
          ),
        ),
      ),

    control: ($) =>
      seq(
        optional(field('client', $.client)),
        field('mark', alias($._control_mark, $.mark)),
        optional(
          choice(
            alias($._control_comment, $.comment),
            seq(field('keyword', alias(choice('check', 'where'), $.keyword)), optional($.expression)),
            seq(field('keyword', alias(choice('save', 'let'), $.keyword)), optional($._assignment)),
            seq(field('keyword', alias('secret', $.keyword)), optional($.variable)),
            seq(field('keyword', alias('schema', $.keyword)), optional(alias($._path, $.file))),
            seq(field('keyword', alias('note', $.keyword)), optional(alias($._inlines, $.text_body))),
            seq(field('keyword', alias('on', $.keyword)), optional($._handled)),
            seq(
              field(
                'keyword',
                alias(
                  choice(
                    'wait',
                    'drop',
                    'reconnect',
                    'skip',
                    'connect',
                    'within',
                    'next',
                    'times',
                    'none',
                    'any-order',
                    'exact',
                    'repeat',
                    'every',
                  ),
                  $.keyword,
                ),
              ),
              repeat($._argument),
            ),
          ),
        ),
      ),
    _control_comment: (_) => /#[^\r\n]*/,
    _path: (_) => /[^\s][^\r\n]*/,

    _argument: ($) =>
      choice(
        $.duration,
        $.number,
        $.placeholder,
        alias(choice('every', 'within', 'times'), $.keyword),
        // What stands behind a placeholder: {{seconds}}s
        alias(/[a-z]+/, $.unit),
      ),

    _handled: ($) =>
      choice(
        field('event', alias(choice('connect', 'disconnect'), $.keyword)),
        seq(
          field('method', alias(/[A-Z][A-Z0-9!#$%&'*+.^_`|~-]*/, $.method)),
          field('path', alias(/\/[^\s]*/, $.target)),
          optional($._payload),
        ),
        $._payload,
      ),

    _control_frame: ($) =>
      choice(
        seq(field('keyword', alias(choice('ping', 'pong'), $.keyword)), optional(alias($._inlines, $.text_body))),
        seq(
          field('keyword', alias('close', $.keyword)),
          optional(field('code', alias($._code, $.number))),
          optional(alias($._inlines, $.text_body)),
        ),
      ),

    // A server's answer: headers stand between the status and the body.
    _answer: ($) =>
      seq(
        field('keyword', alias('HTTP', $.keyword)),
        field('status', $.status),
        choice(
          seq(repeat($._answer_header), optional($._sighted)),
          seq(
            field('format', alias(choice('json', 'msgpack', 'cbor'), $.format)),
            repeat($._answer_header),
            optional($._json_body),
          ),
          seq(
            field('format', alias('proto', $.format)),
            field('type', $.message_type),
            repeat($._answer_header),
            optional($._json_body),
          ),
          seq(
            field('format', alias('xml', $.format)),
            repeat($._answer_header),
            optional(alias($._body, $.xml_body)),
          ),
          seq(
            field('format', alias('text', $.format)),
            repeat($._answer_header),
            optional(alias($._body, $.text_body)),
          ),
          seq(
            field('format', alias('binary', $.format)),
            repeat($._answer_header),
            optional(alias($._bytes, $.binary_body)),
          ),
        ),
      ),
    _answer_header: ($) => seq($._continue, alias($._answer_header_line, $.header)),
    _answer_header_line: ($) =>
      prec.right(
        seq(
          field('name', $.header_name),
          token.immediate(':'),
          optional(field('value', alias($._inlines, $.header_value))),
        ),
      ),

    _payload: ($) =>
      choice(
        seq(field('format', alias(choice('json', 'msgpack', 'cbor'), $.format)), optional($._json_body)),
        seq(field('format', alias('proto', $.format)), field('type', $.message_type), optional($._json_body)),
        seq(
          field('format', alias('xml', $.format)),
          optional(alias($._body, $.xml_body)),
        ),
        seq(
          field('format', alias('text', $.format)),
          optional(alias($._body, $.text_body)),
        ),
        seq(
          field('format', alias('binary', $.format)),
          optional(alias($._bytes, $.binary_body)),
        ),
        $._sighted,
        alias($._message, $.text_body),
      ),
    _json_body: ($) => alias($._body, $.json_body),
    _sighted: ($) =>
      seq(
        repeat($._continue),
        choice(
          seq($._json_sight, alias($._body, $.json_body)),
          seq($._xml_sight, alias($._body, $.xml_body)),
        ),
      ),
    // `{{$message}}`
    _message: ($) => prec.right(seq($.placeholder, repeat($._inline))),

    // The lines of a body. All that is in it but placeholders is hidden, so that what is injected is the rest.
    _body: ($) =>
      prec.right(seq(repeat($._break), choice($.file, seq($._inline, repeat(choice($._inline, $._break)))))),
    _break: ($) => seq($._continue, optional($.line_escape)),
    _bytes: ($) =>
      prec.right(
        seq(
          repeat($._continue),
          choice($.file, seq(choice($.encoding, $._inline), repeat(choice($._inline, $._continue)))),
        ),
      ),
    _inlines: ($) => prec.right(repeat1($._inline)),
    _inline: ($) => choice($._text, $.placeholder),

    _assignment: ($) => seq(field('name', $.variable), optional(seq('=', optional($.expression)))),

    // ---- words ----

    expression: (_) => /[^\s][^\r\n]*/,
    variable: (_) => /[\p{L}_][\p{L}\p{N}_]*/,
    message_type: (_) => /[A-Za-z_.][A-Za-z0-9_.]*/,
    status: (_) => /[0-9x]+/,
    number: (_) => /[0-9]+/,
    duration: (_) => token(prec(1, /([0-9]+(\.[0-9]+)?(h|ms|m|s|us|ns))+/)),

    placeholder: ($) =>
      seq(
        '{{',
        choice(
          seq(field('name', alias($._dotted, $.variable)), repeat($._call_argument)),
          seq(field('call', $.call), repeat($._call_argument)),
        ),
        optional(seq(alias('as', $.keyword), field('keep', $.variable))),
        '}}',
      ),
    call: (_) => /\$[A-Za-z]+(\.[^\s}]+)?/,
    _dotted: (_) => /[\p{L}_][\p{L}\p{N}_.-]*/,
    _call_argument: ($) =>
      choice(
        alias(/-?[0-9]+/, $.number),
        $.regex,
        alias(/\.\.?\/[^\s}]+/, $.file),
        alias($._dotted, $.variable),
      ),
    regex: (_) => token(seq('/', repeat(choice(/[^\/\\\r\n]/, /\\[^\r\n]/)), '/')),
  },
});
