"""An aiohttp application with a login, a session in a cookie, redirects, compressed and streamed answers, and a socket."""

import secrets
import sys

from aiohttp import web

sessions = set()


async def login(request):
    asked = await request.json()
    if asked.get("password") != "correct horse":
        return web.json_response({"error": "wrong password"}, status=401)
    session = secrets.token_hex(16)
    sessions.add(session)
    answer = web.json_response({"user": asked["user"]})
    answer.set_cookie("session", session, httponly=True, samesite="Strict")
    return answer


def user(request):
    if request.cookies.get("session") not in sessions:
        raise web.HTTPUnauthorized(text="log in first")


async def form(request):
    raise web.HTTPSeeOther("/profile")


async def profile(request):
    user(request)
    answer = web.json_response({"name": "ann", "letters": "x" * 1000})
    answer.enable_compression(web.ContentCoding.gzip)
    return answer


async def lines(request):
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await answer.prepare(request)
    for number in range(3):
        await answer.write(f"line {number}\n".encode())
    await answer.write_eof()
    return answer


async def upload(request):
    body = await request.read()
    return web.Response(body=body[::-1], content_type="application/octet-stream")


async def chat(request):
    user(request)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data.upper())
    return socket


app = web.Application()
app.router.add_post("/login", login)
app.router.add_post("/form", form)
app.router.add_get("/profile", profile)
app.router.add_get("/lines", lines)
app.router.add_put("/upload", upload)
app.router.add_get("/chat", chat)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
