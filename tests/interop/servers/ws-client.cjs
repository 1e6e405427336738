// Speaks to the servers of servers.md with the ws library, and ends them.

const assert = require("node:assert/strict");
const { once } = require("node:events");
const http = require("node:http");
const WebSocket = require("ws");

const url = (name) => process.env[`URL_${name}`];

/** An open socket; what comes is waited for with `next`. */
async function open(address, ...rest) {
  const socket = new WebSocket(address, ...rest);
  const queue = [];
  const waiting = [];
  socket.on("message", (data, binary) => {
    const message = binary ? data : data.toString();
    waiting.length ? waiting.shift()(message) : queue.push(message);
  });
  socket.next = () => (queue.length ? queue.shift() : new Promise((resolve) => waiting.push(resolve)));
  await once(socket, "open");
  return socket;
}

/** The close of a socket as code and reason. */
async function closed(socket) {
  const [code, reason] = await once(socket, "close");
  return [code, reason.toString()];
}

/** The answer to a handshake that is refused. */
async function refused(status, ...rest) {
  const socket = new WebSocket(...rest);
  socket.on("error", () => {});
  const [request, answer] = await once(socket, "unexpected-response");
  assert.equal(answer.statusCode, status);
  request.destroy();
  return answer;
}

async function messages() {
  const socket = await open(url("echo"));
  for (const message of ["", "Grüße, 🦀", "x".repeat(1_000_000), Buffer.from([0, 1, 2, 255]), Buffer.alloc(300_000, 7)]) {
    socket.send(message);
    assert.deepEqual(await socket.next(), message);
  }
  socket.send("frag", { fin: false });
  socket.send("ments", { fin: true });
  assert.equal(await socket.next(), "fragments");
  socket.ping("data");
  assert.equal((await once(socket, "pong"))[0].toString(), "data");
  const pinged = once(socket, "ping");
  socket.send("ping me");
  assert.equal((await pinged)[0].toString(), "are you there");
  socket.close();
  assert.deepEqual(await closed(socket), [1005, ""]);
}

async function closes() {
  let socket = await open(url("echo"));
  socket.send("bye");
  assert.deepEqual(await closed(socket), [4001, "as you like"]);
  socket = await open(url("echo"));
  socket.close(3000, "done here");
  assert.deepEqual(await closed(socket), [3000, "done here"]);
  socket = await open(url("echo"));
  socket.send("cut");
  assert.deepEqual(await closed(socket), [1006, ""]);
  socket = await open(url("chosen"), ["v1"]);
  socket.send("x".repeat(1025));
  assert.equal((await closed(socket))[0], 1009);
}

async function compression() {
  const offers = [
    true,
    { threshold: 0 },
    { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
    { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
  ];
  for (const name of ["packed", "lean"]) {
    for (const perMessageDeflate of offers) {
      const socket = await open(url(name), { perMessageDeflate });
      assert.match(socket.extensions, /permessage-deflate/);
      for (const message of ["", "a", "ab".repeat(5000), "ab".repeat(5000), Buffer.alloc(100_000, 7), "Grüße, 🦀 ".repeat(99)]) {
        socket.send(message);
        assert.deepEqual(await socket.next(), message);
      }
      socket.send("ab".repeat(500), { fin: false });
      socket.send("cd".repeat(500), { fin: true });
      assert.equal(await socket.next(), "ab".repeat(500) + "cd".repeat(500));
      socket.close(1000);
      assert.equal((await closed(socket))[0], 1000);
    }
  }
  for (const [name, perMessageDeflate] of [["packed", false], ["echo", true]]) {
    const socket = await open(url(name), { perMessageDeflate });
    assert.equal(socket.extensions, "");
    socket.close(1000);
    await closed(socket);
  }
}

async function subprotocols() {
  const socket = await open(url("chosen"), ["v3", "v1", "v2"]);
  assert.equal(socket.protocol, "v1");
  assert.equal(await socket.next(), "hello");
  socket.close(1000);
  assert.equal((await closed(socket))[0], 1000);
  await refused(400, url("chosen"), ["v3"]);
}

async function admission() {
  const origin = "https://a.example";
  const socket = await open(url("guarded") + "?name=bob", { origin, headers: { Authorization: "Bearer t0ken" } });
  assert.equal(await socket.next(), "welcome bob");
  socket.terminate();
  const basic = await open(url("guarded"), { origin, auth: "anna:pass:word" });
  assert.equal(await basic.next(), "welcome client-1");
  basic.terminate();
  const answer = await refused(401, url("guarded"), { origin });
  assert.match(answer.headers["www-authenticate"], /Bearer/);
  await refused(403, url("guarded"), { auth: "anna:pass:word" });
  await refused(404, url("guarded") + "/nowhere");
}

async function plainHttp() {
  const [answer] = await once(http.get(url("echo").replace("ws:", "http:")), "response");
  assert.equal(answer.statusCode, 426);
  assert.equal(answer.headers.upgrade, "websocket");
  answer.resume();
  await once(answer, "end");
}

async function tls() {
  const one = await open(url("vault"), { rejectUnauthorized: false });
  const other = await open(url("vault"), { rejectUnauthorized: false });
  one.send("secret");
  assert.equal(await one.next(), "secret");
  assert.equal(await other.next(), "secret");
  one.close();
  other.close();
  await Promise.all([closed(one), closed(other)]);
}

async function theEnd() {
  const socket = await open(url("echo"));
  process.kill(Number(process.env.SERVER_PID), "SIGTERM");
  assert.deepEqual(await closed(socket), [1001, ""]);
}

async function main() {
  for (const step of [messages, closes, compression, subprotocols, admission, plainHttp, tls, theEnd]) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${step.name} takes too long`)), 60_000);
    });
    await Promise.race([step(), late]);
    clearTimeout(timer);
    console.log("ok", step.name);
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
