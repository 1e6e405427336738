// Shared by all tabs: one stream of events for all of them, since a browser opens six connections to a host.

import { follow } from './stream.js';

const ports = new Set();
let token = '';
let stop = new AbortController();

function tell(event) {
  for (const port of ports) port.postMessage(event);
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.bye) {
      ports.delete(port);
      if (ports.size === 0) {
        stop.abort();
        token = '';
      }
      return;
    }
    ports.add(port);
    if (data.token && data.token !== token) {
      token = data.token;
      stop.abort();
      stop = new AbortController();
      follow(token, tell, stop.signal);
    } else {
      port.postMessage({ event: 'anew' });
    }
  };
};
