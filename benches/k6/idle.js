// The scenario of idle.md in compare.sh for k6: a message, its echo, and then nothing.
import { WebSocket } from 'k6/experimental/websockets';

export const options = { vus: Number(__ENV.CLIENTS), duration: __ENV.TIME, gracefulStop: '0s' };

export default function () {
  const socket = new WebSocket(__ENV.ADDRESS);
  socket.onopen = () => socket.send('hello');
}
