; The classes of src/script/parse/tokens, in the names that editors paint.

(comment) @comment

(mark) @operator
(keyword) @keyword
(option_name) @attribute
(format) @type.builtin
(encoding) @type.builtin
(message_type) @type
(client) @module
(method) @keyword

(target) @string.special
(header_name) @property
(header_value) @string
(value) @string
((value) @number
  (#match? @number "^[0-9][0-9.a-zA-Z]*$"))
(file) @string.special

(status) @number
(number) @number
(duration) @number
(unit) @number

(variable) @variable
(expression) @embedded

(text_body) @string
(binary_body) @constant
(line_escape) @string.escape

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
