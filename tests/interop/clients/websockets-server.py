"""A chat server of a few lines over TLS. Its argument is the port; server.pem and server.key lie beside it."""

import asyncio
import http
import ssl
import sys

from websockets.asyncio.server import serve


async def echo(connection):
    if connection.subprotocol == "parts.v1":
        await connection.send(word for word in ["in ", "three ", "parts"])
        answered = await connection.ping(b"still there?")
        await answered
        await connection.close(4000, "that was all")
    async for message in connection:
        await connection.send(message)


def only_friends(connection, request):
    if request.headers.get("Authorization") != "Bearer friend":
        response = connection.respond(http.HTTPStatus.UNAUTHORIZED, "who are you?\n")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response


async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("server.pem", "server.key")
    subprotocols = ["parts.v1", "chat.v2"]
    async with serve(
        echo, "localhost", int(sys.argv[1]), ssl=tls, subprotocols=subprotocols, process_request=only_friends
    ):
        print("listening", flush=True)
        await asyncio.Future()


asyncio.run(main())
