; extends

; For a parser of Markdown: which fences hold a script.
((fenced_code_block
  (info_string
    (language) @_word)
  (code_fence_content) @injection.content)
  (#any-of? @_word "/wss" "/wss-server" "/http")
  (#set! injection.language "wss"))
