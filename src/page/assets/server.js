// Speaks to voiden. Commands need a token that only the page has: it came with the page, and is kept for other tabs and
// for a reload.

const KEPT = 'voiden-token';

function take() {
  const meta = document.querySelector('meta[name="voiden-token"]');
  const given = meta?.content ?? '';
  meta?.remove();
  // The token of the address is in no history, and in no picture of the window.
  if (location.search) history.replaceState(null, '', location.pathname + location.hash);
  try {
    if (given) localStorage.setItem(KEPT, given);
    return given || localStorage.getItem(KEPT) || '';
  } catch {
    return given;
  }
}

/** The token of commands and events. */
export const token = take();

/** Sends a command; gives what came of it, or `{error}` with a sentence. */
export async function command(name, body = {}) {
  let response;
  try {
    response = await fetch(`/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'voiden-token': token },
      body: JSON.stringify(body),
    });
  } catch {
    return { error: 'voiden cannot be reached: is it still running?', status: 0 };
  }
  if (response.status === 403) {
    return { error: 'voiden was started anew: open the address that it has printed', status: 403 };
  }
  try {
    return { ...(await response.json()), status: response.status };
  } catch {
    return { error: 'voiden gave no answer', status: response.status };
  }
}
