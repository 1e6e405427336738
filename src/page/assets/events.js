// Gives the page its events, by the worker that all tabs share, or by itself where there is none.

import { follow } from './stream.js';

/** Tells each event from now on. */
export function listen(token, tell) {
  if (typeof SharedWorker !== 'function') {
    follow(token, tell, new AbortController().signal);
    return;
  }
  const worker = new SharedWorker('/assets/worker.js', { type: 'module', name: 'voiden' });
  // A worker that cannot start leaves the page to itself.
  worker.onerror = () => follow(token, tell, new AbortController().signal);
  worker.port.onmessage = ({ data }) => tell(data);
  worker.port.postMessage({ token });
  addEventListener('pagehide', () => worker.port.postMessage({ bye: true }));
  addEventListener('pageshow', (event) => {
    if (event.persisted) worker.port.postMessage({ token });
  });
}
