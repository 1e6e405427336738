-- A session in Neovim 0.7: what docs/editors.md writes for 0.11 is vim.lsp.start_client here.
local text = [[
```/wss-server echo
ws://127.0.0.1:0/

-- on
-> {{$message}}
```

```/wss Hello
{{echo.url}}
@timout 3s

->   text é hi
<- text é hi
```
]]

local function fail(what)
    io.stderr:write('neovim: ' .. what .. '\n')
    vim.cmd('cquit 1')
end

local function wait_for(what, is_so)
    if not vim.wait(10000, is_so, 10) then
        fail('in vain: ' .. what .. '\n' .. table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'))
    end
end

local function run()
    vim.fn.writefile(vim.split(text, '\n'), 'a.md')
    vim.cmd('edit a.md')
    vim.bo.filetype = 'markdown'
    local buffer = vim.api.nvim_get_current_buf()
    local id = vim.lsp.start_client({ name = 'voiden', cmd = { vim.env.VOIDEN, 'lsp' }, root_dir = vim.fn.getcwd() })
    vim.lsp.buf_attach_client(buffer, id)
    local client = vim.lsp.get_client_by_id(id)
    local function ask(method, params)
        local answer = client.request_sync(method, params, 10000, buffer)
        if not answer or answer.err then
            fail(method .. ': ' .. vim.inspect(answer))
        end
        return answer.result
    end
    local document = { uri = vim.uri_from_bufnr(buffer) }
    local function line(number)
        return vim.api.nvim_buf_get_lines(buffer, number - 1, number, false)[1]
    end

    wait_for('a diagnostic', function() return #vim.diagnostic.get(buffer) == 1 end)
    local told = vim.diagnostic.get(buffer)[1]
    assert(told.lnum == 9 and told.message:find('@timeout'), vim.inspect(told))

    local range = { start = { line = 9, character = 0 }, ['end'] = { line = 9, character = 7 } }
    local actions = ask('textDocument/codeAction', {
        textDocument = document, range = range, context = { diagnostics = {} },
    })
    vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
    assert(line(10) == '@timeout 3s', line(10))
    wait_for('the diagnostic to go', function() return #vim.diagnostic.get(buffer) == 0 end)

    vim.lsp.buf.formatting_sync(nil, 10000)
    assert(line(12) == '-> text é hi', line(12))

    -- Typed and not saved: it stays.
    vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { 'typed', '' })
    local lenses = ask('textDocument/codeLens', { textDocument = document })
    local lens = vim.tbl_filter(function(one) return one.command.title == 'Run' end, lenses)[1]
    ask('workspace/executeCommand', lens.command)
    wait_for('a transcript', function()
        return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n'):find('```wss%-log\n✓') ~= nil
    end)
    assert(line(1) == 'typed', line(1))
    assert(vim.bo[buffer].modified)
    client.stop()
    wait_for('the end', function() return client.is_stopped() end)
end

local fine, why = pcall(run)
if not fine then
    fail(tostring(why))
end
print('neovim ' .. tostring(vim.version().minor) .. ': fine\n')
vim.cmd('qall!')
