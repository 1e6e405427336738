"""Answers MessagePack, CBOR and protobuf, each read and written by its own library. Its argument is the port."""

import asyncio
import datetime
import gzip
import sys

import cbor2
import msgpack
from websockets.asyncio.server import serve

import packed_pb2

BYTES = bytes(range(256))


def of_msgpack(message):
    told = msgpack.unpackb(message, strict_map_key=False, timestamp=3)
    assert told == {
        "op": "order",
        "big": 2**64 - 1,
        "small": -(2**63),
        "half": 0.5,
        "list": [None, True, False, "Grüße"],
        "raw": BYTES[:4],
        "odd": {1: "one", "two": 2},
        "own": msgpack.ExtType(5, b"\x00\xff"),
        "at": datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc),
    }, told
    yield msgpack.packb({"ok": True, "all": BYTES, "n": 2**40, "f": float("inf"), "odd": {-1: [1, 2]}})
    yield msgpack.packb(datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc), datetime=True)
    # Floats of four bytes, and lists and texts of two bytes' length.
    yield msgpack.packb({"f": 1.5, "many": list(range(300)), "long": "x" * 70_000}, use_single_float=True)
    yield gzip.compress(msgpack.packb({"packed": "twice"}), mtime=0)


def of_cbor(message):
    told = cbor2.loads(message)
    assert told == {
        "op": "order",
        "big": 2**100,
        "least": -(2**100),
        "half": 0.5,
        "raw": BYTES[:4],
        "at": datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc),
        "nothing": cbor2.undefined,
        "odd": {1: "one"},
    }, told
    yield cbor2.dumps({"ok": True, "all": BYTES, "big": 2**70, "f": float("nan"), "u": cbor2.undefined})
    yield cbor2.dumps(datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc), datetime_as_timestamp=True)
    # Of unknown length: a list, a map, and bytes and a text in chunks.
    yield bytes.fromhex("9f 01 bf 61 61 02 ff 5f 41 00 42 01 02 ff 7f 61 61 62 62 63 ff ff")
    # A float of two bytes, and an integer longer than it need be.
    yield bytes.fromhex("82 f9 3e 00 1b 00 00 00 00 00 00 00 07")


def of_proto(message):
    told = packed_pb2.Order.FromString(message)
    assert told.symbol == "BTC" and told.seq_no == 2**63 and told.side == packed_pb2.Order.BUY, told
    assert list(told.sizes) == [1, -2, 3] and told.raw == BYTES[:4] and told.price == 64000.5, told
    assert dict(told.levels) == {"a": 1, "b": -2, "c": 2**40} and told.note == "" and told.HasField("note"), told
    answer = packed_pb2.Order(symbol="ETH", side="SELL", sizes=[-1, 2], raw=BYTES[:2])
    answer.levels["z"] = -5
    answer.levels["y"] = 6
    yield answer.SerializeToString(deterministic=True)
    yield gzip.compress(packed_pb2.Order(note="packed").SerializeToString(deterministic=True), mtime=0)


ANSWERS = {"/msgpack": of_msgpack, "/cbor": of_cbor, "/proto": of_proto}


async def answer(connection):
    async for message in connection:
        for one in ANSWERS[connection.request.path](message):
            await connection.send(one)


async def main():
    async with serve(answer, "127.0.0.1", int(sys.argv[1])):
        print("listening", flush=True)
        await asyncio.Future()


asyncio.run(main())
