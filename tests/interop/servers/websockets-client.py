"""Speaks to the servers of servers.md with the websockets library, and ends them."""

import asyncio
import base64
import os
import signal
import ssl

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory


def url(name):
    return os.environ[f"URL_{name}"]


async def refused(status, *arguments, **options):
    """The opening handshake is answered with this status; gives the answer."""
    try:
        async with connect(*arguments, **options):
            pass
    except InvalidStatus as error:
        assert error.response.status_code == status, (error.response.status_code, status)
        return error.response
    raise AssertionError(f"let in instead of {status}")


async def closed(socket):
    """The close that comes next, or None where the line was cut."""
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 5)
    except ConnectionClosed as error:
        return error.rcvd and (error.rcvd.code, error.rcvd.reason)


async def messages():
    async with connect(url("echo"), max_size=None) as socket:
        for message in ["", "text", "Grüße, 🦀", "x" * 1_000_000, b"", bytes(range(256)), os.urandom(300_000)]:
            await socket.send(message)
            assert await socket.recv() == message
        # A message in fragments, with a ping among them, comes back whole.
        await socket.send(["frag", "men", "ts"])
        assert await socket.recv() == "fragments"
        await asyncio.wait_for(await socket.ping(b"data"), 5)
        await socket.send("ping me")
        await socket.send("after the ping")
        assert await socket.recv() == "after the ping"


async def closes():
    async with connect(url("echo")) as socket:
        await socket.send("bye")
        assert await closed(socket) == (4001, "as you like")
    async with connect(url("echo")) as socket:
        await socket.close(3000, "done here")
        assert (socket.close_code, socket.close_reason) == (3000, "done here")
    async with connect(url("echo")) as socket:
        await socket.send("cut")
        assert await closed(socket) is None
    async with connect(url("chosen"), subprotocols=["v1"]) as socket:
        await socket.send("x" * 1025)
        code, _ = await closed(socket)
        assert code == 1009


async def compression():
    messages = ["", "a", "ab" * 5000, "ab" * 5000, bytes(100_000), os.urandom(70_000), "Grüße, 🦀 " * 99]
    offers = [
        {},
        {"server_no_context_takeover": True, "client_no_context_takeover": True},
        {"server_max_window_bits": 9, "client_max_window_bits": 10},
        {"server_max_window_bits": 8},
        {"client_max_window_bits": True},
    ]
    for name in ["packed", "lean"]:
        for offer in offers:
            extensions = [ClientPerMessageDeflateFactory(**offer)]
            async with connect(url(name), compression=None, extensions=extensions, max_size=None) as socket:
                assert [extension.name for extension in socket.protocol.extensions] == ["permessage-deflate"]
                for message in messages:
                    await socket.send(message)
                    assert await socket.recv() == message
                await socket.send(["ab" * 500, "cd" * 500, ""])
                assert await socket.recv() == "ab" * 500 + "cd" * 500
    # Where it is not offered, and where it is not accepted, there is none.
    for name, compression in [("packed", None), ("echo", "deflate")]:
        async with connect(url(name), compression=compression) as socket:
            assert socket.protocol.extensions == []
            await socket.send("plain")
            assert await socket.recv() == "plain"


async def subprotocols():
    for offered, expected in [(["v3", "v1", "v2"], "v1"), (["v2"], "v2")]:
        async with connect(url("chosen"), subprotocols=offered) as socket:
            assert socket.subprotocol == expected
            assert await socket.recv() == "hello"
    await refused(400, url("chosen"), subprotocols=["v3"])
    await refused(400, url("chosen"))
    # Where none are listed, none is chosen.
    async with connect(url("echo"), subprotocols=["v1"]) as socket:
        assert socket.subprotocol is None


async def admission():
    basic = base64.b64encode(b"anna:pass:word").decode()
    for credential in ["Bearer t0ken", f"Basic {basic}"]:
        headers = {"Authorization": credential}
        async with connect(
            url("guarded") + "?name=J%C3%BCrgen", additional_headers=headers, origin="https://a.example"
        ) as socket:
            assert await socket.recv() == "welcome Jürgen"
    answer = await refused(401, url("guarded"), origin="https://a.example")
    assert sorted(answer.headers.get_all("WWW-Authenticate")) == ["Basic realm=\"guarded\"", "Bearer"]
    await refused(403, url("guarded"), additional_headers={"Authorization": "Bearer t0ken"})
    await refused(404, url("guarded") + "/nowhere")


async def tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with connect(url("vault"), ssl=context) as one, connect(url("vault"), ssl=context) as other:
        await one.send("secret")
        assert await one.recv() == "secret"
        assert await other.recv() == "secret"


async def the_end():
    async with connect(url("echo")) as socket:
        os.kill(int(os.environ["SERVER_PID"]), signal.SIGINT)
        code, _ = await closed(socket)
        assert code == 1001


async def main():
    for step in [messages, closes, compression, subprotocols, admission, tls, the_end]:
        await asyncio.wait_for(step(), 60)
        print("ok", step.__name__)


asyncio.run(main())
