// A Socket.IO server whose heart beats every second. Its argument is the port.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { pingInterval: 1000, pingTimeout: 2000 });

io.on('connection', (socket) => {
  socket.on('say', (text) => socket.emit('said', text));
  socket.on('sum', (a, b, answer) => answer(a + b));
});
io.of('/staff').use((socket, next) => next(socket.handshake.auth.token === 'let me in' ? undefined : new Error('who are you?')));

http.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
