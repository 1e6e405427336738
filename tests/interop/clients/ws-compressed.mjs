// An echo that compresses every message. Its argument is the port; the path says with which parameters.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const ways = {
  '/plain': { threshold: 0 },
  '/alone': { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  '/narrow': { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
};
const servers = Object.fromEntries(Object.entries(ways).map(([path, perMessageDeflate]) => {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate });
  server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
  return [path, server];
}));
createServer()
  .on('upgrade', (request, stream, head) => {
    const server = servers[request.url];
    server.handleUpgrade(request, stream, head, (socket) => server.emit('connection', socket, request));
  })
  .listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
