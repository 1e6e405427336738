; ../highlights.scm, in the names that Helix paints. tests/editors/treesitter/check.py holds the two together.

(comment) @comment

(mark) @operator
(keyword) @keyword
(option_name) @attribute
(format) @type.builtin
(encoding) @type.builtin
(message_type) @type
(client) @namespace
(method) @keyword

(target) @string.special
(header_name) @variable.other.member
(header_value) @string
(value) @string
((value) @constant.numeric
  (#match? @constant.numeric "^[0-9][0-9.a-zA-Z]*$"))
(file) @string.special

(status) @constant.numeric
(number) @constant.numeric
(duration) @constant.numeric
(unit) @constant.numeric

(variable) @variable
(expression) @embedded

(text_body) @string
(binary_body) @constant
(line_escape) @constant.character.escape

(placeholder
  [
    "{{"
    "}}"
  ] @punctuation.special)
(placeholder
  name: (variable) @variable)
(placeholder
  keep: (variable) @variable)
(call) @function.builtin
(regex) @string.regexp

"=" @operator
":" @punctuation.delimiter
"," @punctuation.delimiter
