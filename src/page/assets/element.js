// Makes elements. Text is always text: nothing here reads markup.

/** An element with properties (`class`, `on…` handlers, attributes) and children, which are elements or text. */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'class') element.className = value;
    else if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button that says what it does. */
export function button(label, act, properties = {}) {
  return el('button', { type: 'button', onclick: act, ...properties }, label);
}

/** Shows an element, or hides it. */
export function show(element, visible) {
  element.hidden = !visible;
}

/** Says something to who listens to the page, at most a few times a second. */
let waiting = '';
export function announce(text) {
  const announcer = document.getElementById('announcer');
  if (!waiting) {
    setTimeout(() => {
      announcer.textContent = waiting;
      waiting = '';
    }, 300);
  }
  waiting = text;
}

/** Whether a key event is Ctrl or Cmd with a key. */
export function isCommand(event, key) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === key;
}
