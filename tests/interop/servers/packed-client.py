"""Speaks to the servers of packed.md with the libraries of Python, and ends them."""

import asyncio
import datetime
import os
import signal

import cbor2
import msgpack
from websockets.asyncio.client import connect

import packed_pb2

WHEN = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)


def url(name):
    return os.environ[f"URL_{name}"]


async def speaks_msgpack():
    async with connect(url("msgpack")) as socket:
        for raw in [b"", b"\x00\xff", os.urandom(70_000)]:
            await socket.send(msgpack.packb({"add": [2**40, -5], "raw": raw, "more": "Grüße"}))
            told = msgpack.unpackb(await socket.recv(), strict_map_key=False, timestamp=3)
            odd = {1: float("-inf"), None: 0.1}
            assert told == {"sum": 2**40 - 5, "raw": raw, "odd": odd, "at": WHEN}, told
        await socket.send(msgpack.packb({"own": msgpack.ExtType(7, b"own")}))
        assert msgpack.unpackb(await socket.recv()) == msgpack.ExtType(7, b"own")


async def speaks_cbor():
    async with connect(url("cbor")) as socket:
        for big in [0, 2**64 - 1, 2**64, -(2**64), 2**100]:
            await socket.send(cbor2.dumps({"big": big, "at": WHEN}, datetime_as_timestamp=True))
            told = cbor2.loads(await socket.recv())
            least = -(2**64) - 1
            assert told == {"big": big, "at": WHEN, "nothing": cbor2.undefined, "half": 1.5, "least": least}, told


async def speaks_proto():
    async with connect(url("proto")) as socket:
        sent = packed_pb2.Order(symbol="BTC", seq_no=2**64 - 1, sizes=[1])
        sent.levels["b"] = 7
        await socket.send(sent.SerializeToString())
        answer = await socket.recv()
        told = packed_pb2.Order.FromString(answer)
        assert told.symbol == "got it" and told.seq_no == 2**64 - 1 and told.side == packed_pb2.Order.SELL, told
        assert dict(told.levels) == {"a": -2, "b": 1} and list(told.sizes) == [3, -4] and told.raw == b"\x00\xff", told
        assert not told.HasField("note") and told.price == 0, told
        # The entries of a map are in order, as protobuf's own deterministic writers have them.
        assert answer == told.SerializeToString(deterministic=True)


async def main():
    await speaks_msgpack()
    await speaks_cbor()
    await speaks_proto()
    os.kill(int(os.environ["SERVER_PID"]), signal.SIGTERM)


asyncio.run(main())
