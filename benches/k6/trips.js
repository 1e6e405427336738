// The scenario of trips.md in compare.sh for k6: a hundred requests, one after the other, each with its answer looked at.
import { WebSocket } from 'k6/experimental/websockets';
import { check } from 'k6';

export const options = { vus: Number(__ENV.CLIENTS), duration: __ENV.TIME, gracefulStop: '0s' };

export default function () {
  const socket = new WebSocket(__ENV.ADDRESS);
  let n = 0;
  const ask = () => socket.send(JSON.stringify({ method: 'get', n: n }));
  socket.onopen = ask;
  socket.onmessage = (message) => {
    check(JSON.parse(message.data), { 'it is the answer': (answer) => answer.method === 'get' && answer.n === n });
    n += 1;
    if (n < 100) ask();
    else socket.close();
  };
}
