-- Neovim takes the parser and the queries from where docs/editors.md puts them, and paints by them.
local ok, problem = pcall(function()
  vim.api.nvim_buf_set_lines(0, 0, -1, true, {
    'wss://{{HOST}}/',
    '@timeout 5s',
    '',
    '-> json {"a": {{$uuid as id}}}',
    '<- text hi',
    '-- check .a',
  })
  local parser = vim.treesitter.get_parser(0, 'wss')
  local root = parser:parse()[1]:root()
  assert(root:type() == 'script' and not root:has_error(), root:sexpr())
  local get = vim.treesitter.query.get or vim.treesitter.get_query
  local query = get('wss', 'highlights')
  assert(query and get('wss', 'injections'))
  local names = {}
  for id in query:iter_captures(root, 0, 0, -1) do
    names[query.captures[id]] = true
  end
  for _, name in ipairs({ 'operator', 'attribute', 'type.builtin', 'function.builtin', 'keyword', 'string', 'number' }) do
    assert(names[name], name .. ' paints nothing')
  end
end)
print(ok and 'Neovim paints by the queries' or problem)
vim.cmd(ok and 'qall!' or 'cquit!')
