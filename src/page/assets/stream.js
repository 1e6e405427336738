// Reads the stream of events: lines of JSON. It is opened again whenever it ends.

const pause = (time) => new Promise((done) => setTimeout(done, time));

/** Tells each event, until it is aborted; `lost` and `refused` are its own. */
export async function follow(token, tell, signal) {
  let wait = 200;
  while (!signal.aborted) {
    try {
      const headers = { 'voiden-token': token };
      const response = await fetch('/api/events', { headers, signal, cache: 'no-store' });
      if (response.status === 403) {
        tell({ event: 'refused' });
        return;
      }
      if (response.ok) {
        wait = 200;
        await lines(response.body, (line) => tell(JSON.parse(line)));
      }
    } catch {
      // It is tried again.
    }
    if (signal.aborted) return;
    tell({ event: 'lost' });
    await pause(wait);
    wait = Math.min(wait * 2, 3000);
  }
}

async function lines(body, take) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    for (const part of parts) if (part) take(part);
  }
}
