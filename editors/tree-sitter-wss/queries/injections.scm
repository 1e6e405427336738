; What is sent and expected, without its placeholders, and what is computed.

((json_body) @injection.content
  (#set! injection.language "json"))

((xml_body) @injection.content
  (#set! injection.language "xml"))

((expression) @injection.content
  (#set! injection.language "jq"))
