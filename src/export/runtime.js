// What plays the blocks below: a cursor over what arrives, patterns, placeholders, captures, time limits. It is the same in
// every script that `voiden export k6` writes.

// Values. A kept value is its JSON, digit for digit; a variable is a string; what an expression makes may be bytes.
class Kept {
  constructor(json) {
    this.json = json;
  }
}

// A JSON number that JavaScript would not write as it came.
class Exact {
  constructor(text) {
    this.text = text;
  }
}

class Failed extends Error {}

// What ends a block's steps once its failure was told.
const STOP = new Error("stopped");

function fail(reason) {
  throw new Failed(reason);
}

// JSON whose numbers JavaScript might change: long ones, exponents, zeros at the end of a fraction.
const INEXACT = /[0-9][0-9.]{15}|[0-9][eE]|\.[0-9]*0(?![0-9])|\.0{6}|-0(?![0-9.])/;
const TOKENS = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/g;

function readJson(text) {
  const value = JSON.parse(text);
  if (!INEXACT.test(text)) return value;
  const told = text.replace(TOKENS, (token) => (token[0] === '"' ? '"s' + token.slice(1) : '"n' + token + '"'));
  return exact(JSON.parse(told));
}

function exact(value) {
  if (typeof value === "string") return value[0] === "s" ? value.slice(1) : number(value.slice(1));
  if (Array.isArray(value)) return value.map(exact);
  if (value === null || typeof value !== "object") return value;
  const made = {};
  for (const key of Object.keys(value)) set(made, key.slice(1), exact(value[key]));
  return made;
}

function number(text) {
  const value = Number(text);
  return String(value) === text ? value : new Exact(text);
}

function set(object, key, value) {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Exact) && !(value instanceof Uint8Array);
}

function isNumber(value) {
  return typeof value === "number" || value instanceof Exact;
}

function has(object, key) {
  return Object.prototype.hasOwnProperty.call(object, key);
}

function writeJson(value) {
  if (value instanceof Exact) return value.text;
  if (value instanceof Uint8Array) return JSON.stringify(text(value));
  if (Array.isArray(value)) return "[" + value.map(writeJson).join(",") + "]";
  if (isObject(value)) {
    return "{" + Object.keys(value).map((key) => JSON.stringify(key) + ":" + writeJson(value[key])).join(",") + "}";
  }
  return JSON.stringify(value);
}

// A number as its sign, its digits and the place of its point: numbers are the same by value, whatever their size.
function decimal(value) {
  const written = value instanceof Exact ? value.text : String(value);
  const [, sign, whole, fraction = "", power = "0"] = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(written);
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "").replace(/0+$/, "");
  if (digits === "") return { sign: "", digits: "", point: 0 };
  const zeros = all.length - all.replace(/^0+/, "").length;
  return { sign, digits, point: Number(power) + whole.length - zeros };
}

function sameNumber(one, other) {
  if (typeof one === "number" && typeof other === "number") return one === other;
  const [a, b] = [decimal(one), decimal(other)];
  return a.sign === b.sign && a.digits === b.digits && a.point === b.point;
}

function isInteger(value) {
  if (typeof value === "number") return Number.isInteger(value);
  const { digits, point } = decimal(value);
  return digits === "" || point >= digits.length;
}

// Bytes.
function utf8(string) {
  const bytes = [];
  for (const character of string) {
    const point = character.codePointAt(0);
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return new Uint8Array(bytes);
}

function latin(bytes) {
  let string = "";
  for (let at = 0; at < bytes.length; at++) string += String.fromCharCode(bytes[at]);
  return string;
}

// The text that bytes are; null where they are not UTF-8.
function text(bytes) {
  let string = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++];
    const more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : -1;
    if (more < 0 || at + more > bytes.length) return null;
    let point = more === 0 ? first : first & (0x3f >> more);
    for (let n = 0; n < more; n++) {
      const next = bytes[at++];
      if ((next & 0xc0) !== 0x80) return null;
      point = (point << 6) | (next & 63);
    }
    if ((more === 2 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) || (more === 3 && (point < 0x10000 || point > 0x10ffff))) return null;
    string += String.fromCodePoint(point);
  }
  return string;
}

function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(bytes, variant = "std") {
  return encoding.b64encode(bytes.buffer, variant);
}

function fromBase64(digits) {
  const dense = digits.replace(/[\s=]+/g, "");
  return new Uint8Array(encoding.b64decode(dense, "rawstd"));
}

function fromHex(digits) {
  const dense = digits.replace(/\s+/g, "");
  if (dense.length % 2 !== 0 || /[^0-9a-fA-F?]/.test(dense)) fail("this is not made of hexadecimal digits");
  return (dense.match(/../g) || []).map((pair) => (pair === "??" ? null : parseInt(pair, 16)));
}

function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === null || byte === other[at]);
}

// A message that arrived.
class Frame {
  constructor(data, at = Date.now()) {
    this.at = at;
    this.isText = typeof data === "string";
    this.data = this.isText ? data : new Uint8Array(data);
    this.reads = {};
  }

  // Read as a format; undefined where it is not one.
  read(format) {
    if (format === "binary") return this.isText ? undefined : this.data;
    if (!this.isText) return undefined;
    if (format === "text") return this.data;
    if (!has(this.reads, format)) {
      try {
        this.reads[format] = format === "json" ? readJson(this.data) : readXml(this.data);
      } catch (error) {
        this.reads[format] = undefined;
      }
    }
    return this.reads[format];
  }

  format() {
    if (!this.isText) return "binary";
    const json = /^[ \t\r\n]*[[{]/.test(this.data) ? this.read("json") : undefined;
    if (json !== undefined) return "json";
    return /^\s*</.test(this.data) && this.read("xml") !== undefined ? "xml" : "text";
  }

  // As expressions look at it.
  subject(format) {
    if (!this.isText) return base64(this.data);
    const wanted = format || this.format();
    const value = this.read(wanted);
    return value === undefined ? this.data : wanted === "xml" ? value.tree() : value;
  }

  size() {
    return this.isText ? utf8(this.data).length : this.data.length;
  }

  text() {
    return this.isText ? this.data : text(this.data);
  }
}

// XML, as far as patterns look at it: names with their namespaces, attributes, text, children.
class Element {
  constructor(name, space, attributes, tag) {
    Object.assign(this, { name, space, attributes, tag, children: [], content: [] });
  }

  text() {
    return this.content.filter((part) => typeof part === "string").join("").replace(/[ \t\r\n]+/g, " ").trim();
  }

  tree() {
    const tree = { t: this.tag };
    if (this.attributes.length > 0) {
      tree.a = {};
      for (const attribute of this.attributes) set(tree.a, attribute.tag, attribute.value);
    }
    if (this.content.length > 0) tree.c = this.content.map((part) => (typeof part === "string" ? part : part.tree()));
    return tree;
  }
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(string) {
  return string.replace(/&([^;&]*);?/g, (whole, name) => {
    if (has(ENTITIES, name)) return ENTITIES[name];
    const numbered = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
    if (!numbered || !whole.endsWith(";")) fail("this is not well-formed XML");
    return String.fromCodePoint(numbered[1] ? parseInt(numbered[1], 16) : Number(numbered[2]));
  });
}

function readXml(source) {
  const wrong = () => fail("this is not well-formed XML");
  const tokens = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>\/]+)\s*>|<([^\s<>\/!?]+)((?:\s+[^\s=<>\/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
  const resolve = (tag, spaces, plain) => {
    const [prefix, local] = tag.includes(":") ? tag.split(":") : ["", tag];
    return [local, prefix === "" && plain ? "" : prefix === "xml" ? "xml" : prefix !== "" && !has(spaces, prefix) ? wrong() : spaces[prefix] || ""];
  };
  const open = [];
  let root = null;
  while (tokens.lastIndex < source.length) {
    const token = tokens.exec(source);
    if (!token) wrong();
    const [, cdata, end, start, given, empty, run] = token;
    const above = open[open.length - 1];
    if (end !== undefined) {
      if (!above || above.element.tag !== end) wrong();
      open.pop();
    } else if (start !== undefined) {
      if (!above && root) wrong();
      const spaces = Object.assign({}, above ? above.spaces : {});
      const pairs = [];
      const each = /([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g;
      for (let pair = each.exec(given); pair; pair = each.exec(given)) {
        const value = unescapeXml(pair[2].slice(1, -1).replace(/[\t\r\n]/g, " "));
        if (pair[1] === "xmlns") spaces[""] = value;
        else if (pair[1].startsWith("xmlns:")) spaces[pair[1].slice(6)] = value;
        else pairs.push([pair[1], value]);
      }
      const attributes = pairs.map(([tag, value]) => {
        const [name, space] = resolve(tag, spaces, true);
        return { tag, name, space, value };
      });
      const [name, space] = resolve(start, spaces, false);
      const element = new Element(name, space, attributes, start);
      if (above) {
        above.element.children.push(element);
        above.element.content.push(element);
      } else root = element;
      if (empty === "") open.push({ element, spaces });
    } else if (run !== undefined || cdata !== undefined) {
      if (above) above.element.content.push(cdata !== undefined ? cdata : unescapeXml(run));
      else if (cdata !== undefined || run.trim() !== "") wrong();
    }
  }
  if (!root || open.length > 0) wrong();
  return root;
}

// The values that names stand for: what was kept, then the environment, then the document's own defaults.
class Scope {
  constructor() {
    this.kept = new Map();
    this.heard = () => {};
  }

  find(name) {
    if (this.kept.has(name)) return this.kept.get(name);
    const variable = (name.startsWith("env.") ? name.slice(4) : name).replace(/[.-]/g, "_");
    if (__ENV[variable] !== undefined) return __ENV[variable];
    return has(defaults, name) ? defaults[name] : undefined;
  }

  get(name) {
    const value = this.find(name);
    return value === undefined ? fail("`" + name + "` has no value: give it one by `k6 run -e " + name.replace(/[.-]/g, "_") + "=…`") : value;
  }

  keep(name, value) {
    this.kept.set(name, value);
    this.heard();
  }
}

function asText(value) {
  if (value instanceof Uint8Array) return fail("these are bytes, which stand in `binary` alone: `… | @hex` makes text of them");
  if (!(value instanceof Kept)) return value;
  return value.json[0] === '"' ? JSON.parse(value.json) : value.json;
}

function quoted(string) {
  return new Kept(JSON.stringify(string));
}

const XML_MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

function put(value, where) {
  if (where === "json") return value instanceof Kept ? value.json : asText(value);
  const string = asText(value);
  if (where === "string") return JSON.stringify(string).slice(1, -1);
  if (where !== "xml") return string;
  return string.replace(/[&<>"'\u0000-\u001f\u007f-\u009f]/g, (mark) => XML_MARKS[mark] || "&#x" + mark.charCodeAt(0).toString(16) + ";");
}

const random = (below) => Math.floor(Math.random() * below);
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function uuid() {
  const bytes = Array.from({ length: 16 }, () => random(256));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const MADE = {
  uuid,
  timestamp: () => new Date().toISOString(),
  epoch: () => String(Math.floor(Date.now() / 1000)),
  epochMs: () => String(Date.now()),
  randomInt: ({ low, high }) => String(low + random(high - low + 1)),
  randomString: ({ length }) => Array.from({ length }, () => LETTERS[random(LETTERS.length)]).join(""),
  instance: () => String(__VU),
  variable: ({ name }, { scope }) => scope.get(name),
  base64: ({ name }, { scope }) => base64(utf8(asText(scope.get(name)))),
  uri: ({ name }, { scope }) => encodeURIComponent(asText(scope.get(name))).replace(/[!'()*]/g, (mark) => "%" + mark.charCodeAt(0).toString(16).toUpperCase()),
  index: (_, { index }) => (index === undefined ? fail("nothing is counted here") : String(index)),
  message: ({ path, in: where }, { message }) => {
    if (!message) fail("there is no message here to insert");
    if (path.length > 0) return new Kept(writeJson(member(message.read("json"), path)));
    const string = message.text();
    if (string === null) fail("the message is binary, and not UTF-8");
    return where === "json" && message.read("json") === undefined ? quoted(string) : string;
  },
};

function member(value, path) {
  return path.reduce((inner, key) => {
    const known = Array.isArray(inner) ? /^(0|[1-9][0-9]*)$/.test(key) && Number(key) < inner.length : isObject(inner) && has(inner, key);
    return known ? inner[key] : fail("the message has no `" + path.join(".") + "`");
  }, value);
}

// What stands for a placeholder where it stands; `as NAME` keeps it.
function insert(placeholder, around) {
  const value = MADE[placeholder.$](placeholder, around);
  const inserted = put(value, placeholder.in);
  if (placeholder.as) {
    let kept = null;
    if (placeholder.in === "json") {
      try {
        readJson(inserted);
        kept = new Kept(inserted);
      } catch (error) {
        kept = null;
      }
    }
    around.scope.keep(placeholder.as, kept || quoted(asText(value)));
  }
  return inserted;
}

function fill(parts, around) {
  return parts.map((part) => (typeof part === "string" ? part : insert(part, around))).join("");
}

// As digits: bytes and whole messages stand in `binary` as the bytes that they are.
function fillBytes(parts, around, spell) {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    const bytes = rawBytes(part, around);
    return bytes ? spell(bytes) : insert(part, around);
  });
}

function rawBytes(part, around) {
  if (part.$ === "message" && part.path.length === 0 && around.message) {
    return around.message.isText ? utf8(around.message.data) : around.message.data;
  }
  const value = part.$ === "variable" ? around.scope.find(part.name) : null;
  return value instanceof Uint8Array ? value : null;
}

// What a body sends.
function payload(body, around) {
  if (body.hex) return new Uint8Array(fromHex(fillBytes(body.hex, around, hexOf).join("")));
  if (body.base64) return fromBase64(fillBytes(body.base64, around, base64).join(""));
  if (body.format === "binary") {
    const pieces = body.text.map((part) => {
      const bytes = typeof part === "string" ? null : rawBytes(part, around);
      return bytes ? Array.from(bytes) : Array.from(utf8(typeof part === "string" ? part : insert(part, around)));
    });
    return new Uint8Array([].concat(...pieces));
  }
  const string = fill(body.text, around);
  if (body.text.length > 1 && body.format === "json") {
    try {
      JSON.parse(string);
    } catch (error) {
      fail("what would be sent is not valid JSON");
    }
  }
  if (body.text.length > 1 && body.format === "xml") readXml(string);
  return string;
}

// Patterns.
const UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
const DATETIME = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
const RUNS = {
  any: "[\\s\\S]*?",
  string: "[\\s\\S]+?",
  integer: "-?[0-9]+?(?:\\.0+?)??",
  number: "-?[0-9]+?(?:\\.[0-9]+?)??(?:[eE][+-]?[0-9]+?)??",
  boolean: "true|false",
  uuid: UUID,
  datetime: DATETIME,
};

function inCalendar(string) {
  const [year, month, day] = string.slice(0, 10).split("-").map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

function isOpen(part) {
  return typeof part !== "string" && part.$ === "open";
}

// A run of characters with open places in it; gives what is kept of a string that fits, or null.
function compileRun(pieces, read = (string) => string) {
  if (!pieces.some(isOpen)) {
    const wanted = pieces.join("");
    return (string) => (string === wanted ? [] : null);
  }
  const slots = pieces.filter(isOpen);
  const alone = pieces.length === 1 && pieces[0].kind === "match";
  const source = pieces.map((piece) => {
    if (!isOpen(piece)) return piece.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    if (piece.kind === "rest") fail("`{{$rest}}` stands in a JSON array only");
    return piece.kind !== "match" ? "(" + RUNS[piece.kind] + ")" : alone ? "(" + piece.match + ")" : "(" + piece.inner + ")";
  });
  const regex = new RegExp(alone ? source[0] : "^" + source.join("") + "$", "u");
  return (string) => {
    const groups = regex.exec(string);
    if (!groups) return null;
    const kept = [];
    for (let at = 0; at < slots.length; at++) {
      if (slots[at].kind === "datetime" && !inCalendar(groups[at + 1])) return null;
      if (slots[at].as) kept.push([slots[at].as, quoted(read(groups[at + 1]))]);
    }
    return kept;
  };
}

const VALUES = {
  any: () => true,
  string: (value) => typeof value === "string",
  number: isNumber,
  integer: (value) => isNumber(value) && isInteger(value),
  boolean: (value) => typeof value === "boolean",
  uuid: (value) => typeof value === "string" && new RegExp("^" + UUID + "$").test(value),
  datetime: (value) => typeof value === "string" && new RegExp("^" + DATETIME + "$").test(value) && inCalendar(value),
};

// An open place in JSON outside of quotes.
function compileOpen(slot) {
  if (slot.kind === "rest") fail("`{{$rest}}` stands for the tail of an array");
  if (slot.kind === "match") {
    const regex = new RegExp(slot.match, "u");
    return (value, kept) => {
      const found = typeof value === "string" && regex.exec(value);
      if (found && slot.as) kept.push([slot.as, quoted(found[0])]);
      return Boolean(found);
    };
  }
  return (value, kept) => {
    if (!VALUES[slot.kind](value)) return false;
    if (slot.as) kept.push([slot.as, new Kept(writeJson(value))]);
    return true;
  };
}

// A pattern as one text in which a code word stands for each open place, and what tells the pieces of a string again.
function coded(parts, around) {
  const pieces = parts.map((part) => (typeof part === "string" || isOpen(part) ? part : insert(part, around)));
  const slots = pieces.filter(isOpen);
  let nonce;
  do nonce = "Q" + uuid().replace(/-/g, "") + "x";
  while (pieces.some((piece) => typeof piece === "string" && piece.includes(nonce)));
  let at = 0;
  const words = pieces.map((piece) => (typeof piece === "string" ? piece : piece.in === "json" ? '"' + nonce + at++ + 'z"' : nonce + at++ + "z"));
  const word = new RegExp(nonce + "([0-9]+)z");
  return {
    text: words.join(""),
    decode: (string) => string.split(word).map((piece, place) => (place % 2 === 1 ? slots[Number(piece)] : piece)).filter((piece) => piece !== ""),
  };
}

function compileJson(parts, around, whole) {
  const { text: source, decode } = coded(parts, around);
  const isRest = (value) => typeof value === "string" && ((slot) => slot && isOpen(slot) && slot.kind === "rest" && slot.in === "json")(decode(value)[0]);
  const node = (value) => {
    if (typeof value === "string") {
      const pieces = decode(value);
      if (pieces.length === 1 && isOpen(pieces[0]) && pieces[0].in === "json") return compileOpen(pieces[0]);
      const run = compileRun(pieces);
      return (given, kept) => {
        const found = typeof given === "string" ? run(given) : null;
        if (found) kept.push(...found);
        return found !== null;
      };
    }
    if (Array.isArray(value)) {
      const rest = value.length > 0 && isRest(value[value.length - 1]);
      const nodes = (rest ? value.slice(0, -1) : value).map(node);
      return (given, kept) =>
        Array.isArray(given) && (given.length === nodes.length || (rest && given.length > nodes.length)) && nodes.every((each, at) => each(given[at], kept));
    }
    if (isObject(value)) {
      const nodes = Object.keys(value).map((key) => [key, node(value[key])]);
      return (given, kept) =>
        isObject(given) && (!whole || Object.keys(given).length === nodes.length) && nodes.every(([key, each]) => has(given, key) && each(given[key], kept));
    }
    return isNumber(value) ? (given) => isNumber(given) && sameNumber(value, given) : (given) => given === value;
  };
  const root = node(readJson(source));
  return (frame) => {
    const value = frame.read("json");
    const kept = [];
    return value !== undefined && root(value, kept) ? kept : null;
  };
}

function compileXml(parts, around, whole) {
  const { text: source, decode } = coded(parts, around);
  const named = (one, other) => one.name === other.name && one.space === other.space;
  const node = (element) => {
    const attributes = element.attributes.map((attribute) => [attribute, compileRun(decode(attribute.value))]);
    const wanted = element.text();
    const run = wanted === "" ? null : compileRun(decode(wanted));
    const children = element.children.map(node);
    return (given, kept) => {
      if (!named(element, given) || (whole && given.attributes.length !== attributes.length)) return false;
      const add = (found) => found !== null && kept.push(...found) >= 0;
      for (const [attribute, each] of attributes) {
        const other = given.attributes.find((one) => named(one, attribute));
        if (!other || !add(each(other.value))) return false;
      }
      if (run ? !add(run(given.text())) : whole && given.text() !== "") return false;
      if (whole && given.children.length !== children.length) return false;
      let at = 0;
      return children.every((child) => {
        while (at < given.children.length) {
          const inner = [];
          if (child(given.children[at++], inner)) return add(inner);
        }
        return false;
      });
    };
  };
  const root = node(readXml(source));
  return (frame) => {
    const value = frame.read("xml");
    const kept = [];
    return value !== undefined && root(value, kept) ? kept : null;
  };
}

function compileBinary(pattern, around) {
  const wanted = pattern.hex ? fromHex(fillBytes(pattern.hex, around, hexOf).join("")) : pattern.base64 ? fromBase64(fillBytes(pattern.base64, around, base64).join("")) : null;
  if (wanted) return (frame) => (!frame.isText && sameBytes(Array.from(wanted), frame.data) ? [] : null);
  const pieces = pattern.text.map((part) => {
    if (isOpen(part)) return part;
    const bytes = typeof part === "string" ? null : rawBytes(part, around);
    return latin(bytes || utf8(typeof part === "string" ? part : insert(part, around)));
  });
  const decoded = (string) => {
    const read = text(Array.from(string, (character) => character.charCodeAt(0)));
    return read === null ? string : read;
  };
  const run = compileRun(pieces, decoded);
  return (frame) => (frame.isText ? null : run(latin(frame.data)));
}

function compile(pattern, around, whole) {
  if (!pattern) return () => [];
  if (!pattern.text && !pattern.hex && !pattern.base64) return (frame) => (frame.read(pattern.format) === undefined ? null : []);
  if (pattern.format === "json") return compileJson(pattern.text, around, whole);
  if (pattern.format === "xml") return compileXml(pattern.text, around, whole);
  if (pattern.format === "binary") return compileBinary(pattern, around);
  const run = compileRun(pattern.text.map((part) => (typeof part === "string" || isOpen(part) ? part : insert(part, around))));
  return (frame) => (frame.isText ? run(frame.data) : null);
}

// One that holds no variable is made once.
const MATCHERS = new Map();

function matcher(pattern, around, whole = false) {
  if (!pattern) return compile(pattern, around, whole);
  const parts = pattern.text || pattern.hex || pattern.base64 || [];
  if (!parts.every((part) => typeof part === "string" || isOpen(part))) return compile(pattern, around, whole);
  if (!MATCHERS.has(pattern)) MATCHERS.set(pattern, compile(pattern, around, whole));
  return MATCHERS.get(pattern);
}

// Expressions: each is a function of what comes in and what is around, and gives a list of outputs.
const truthy = (value) => value !== null && value !== false;
const kinds = (value) => (value === null ? 0 : value === false ? 1 : value === true ? 2 : isNumber(value) ? 3 : typeof value === "string" ? 4 : Array.isArray(value) ? 5 : 6);

function order(one, other) {
  const [a, b] = [kinds(one), kinds(other)];
  if (a !== b) return a - b;
  if (a === 3) return orderNumbers(one, other);
  if (a === 4) return orderText(Array.from(one), Array.from(other));
  if (a === 5) return orderLists(one, other);
  if (a !== 6) return 0;
  const keys = [Object.keys(one).sort(), Object.keys(other).sort()];
  return orderLists(keys[0], keys[1]) || orderLists(keys[0].map((key) => one[key]), keys[1].map((key) => other[key]));
}

function orderNumbers(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [a, b] = [decimal(one), decimal(other)];
  const sign = (number) => (number.digits === "" ? 0 : number.sign === "-" ? -1 : 1);
  if (sign(a) !== sign(b) || sign(a) === 0) return sign(a) - sign(b);
  const size = a.point - b.point || (a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0);
  return sign(a) * size;
}

function orderText(one, other) {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    if (one[at] !== other[at]) return one[at].codePointAt(0) - other[at].codePointAt(0);
  }
  return one.length - other.length;
}

function orderLists(one, other) {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const found = order(one[at], other[at]);
    if (found !== 0) return found;
  }
  return one.length - other.length;
}

const COMPARE = {
  "==": (found) => found === 0,
  "!=": (found) => found !== 0,
  "<": (found) => found < 0,
  "<=": (found) => found <= 0,
  ">": (found) => found > 0,
  ">=": (found) => found >= 0,
};

function index(value, key) {
  if (value === null) return null;
  if (typeof key === "string" && isObject(value)) return has(value, key) ? value[key] : null;
  if (typeof key === "number" && Array.isArray(value)) {
    const at = key < 0 ? value.length + key : key;
    return at >= 0 && at < value.length ? value[at] : null;
  }
  return fail("it cannot be indexed by " + JSON.stringify(key));
}

function slice(value, from, to) {
  if (value === null) return null;
  if (typeof value === "string") return Array.from(value).slice(from, to).join("");
  return Array.isArray(value) ? value.slice(from, to) : fail("it has no parts");
}

function bytesOf(value) {
  if (value instanceof Uint8Array) return value.buffer;
  return typeof value === "string" ? value : fail("only text and bytes have a digest");
}

const both = (one, other, join) => (value, around) => {
  const outputs = [];
  for (const right of other(value, around)) for (const left of one(value, around)) outputs.push(join(left, right));
  return outputs;
};
const each = (inner, make) => (value, around) => inner(value, around).map((output) => make(output, around));

const jq = {
  dot: (value) => [value],
  value: (constant) => () => [constant],
  list: (items) => (value, around) => [[].concat(...items.map((item) => item(value, around)))],
  member: (inner, key) => each(inner, (output) => index(output, key)),
  slice: (inner, from, to) => each(inner, (output) => slice(output, from, to)),
  all: (inner) => (value, around) =>
    [].concat(...inner(value, around).map((output) => (Array.isArray(output) ? output : isObject(output) ? Object.keys(output).map((key) => output[key]) : fail("it has no elements")))),
  optional: (inner) => (value, around) => {
    try {
      return inner(value, around);
    } catch (error) {
      return error instanceof Failed ? [] : fail(String(error));
    }
  },
  variable: (names) => (value, around) => {
    for (let length = names.length; length > 0; length--) {
      const found = around.scope.find(names.slice(0, length).join("."));
      if (found !== undefined) return [names.slice(length).reduce(index, found instanceof Kept ? readJson(found.json) : found)];
    }
    return [null];
  },
  ask: (name) => (value, around) => {
    const asked = around.asks && around.asks[name];
    return [asked === undefined ? null : typeof asked === "function" ? asked() : asked];
  },
  pipe: (one, other) => (value, around) => [].concat(...one(value, around).map((output) => other(output, around))),
  compare: (sign, one, other) => both(one, other, (left, right) => COMPARE[sign](order(left, right))),
  and: (one, other) => (value, around) => [].concat(...one(value, around).map((left) => (truthy(left) ? other(value, around).map(truthy) : [false]))),
  or: (one, other) => (value, around) => [].concat(...one(value, around).map((left) => (truthy(left) ? [true] : other(value, around).map(truthy)))),
  join: (one, other) =>
    both(one, other, (left, right) => (typeof left === "string" && typeof right === "string" ? left + right : fail("only text is joined to text"))),
  not: (value) => [!truthy(value)],
  length: (value) => {
    if (value === null) return [0];
    if (isNumber(value)) return [Math.abs(Number(value instanceof Exact ? value.text : value))];
    if (typeof value === "string") return [Array.from(value).length];
    return [value instanceof Uint8Array || Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : fail("it has no length")];
  },
  test: (source) => {
    const regex = new RegExp(source, "u");
    return (value) => [typeof value === "string" ? regex.test(value) : fail("only text is tested")];
  },
  digest: (name) => (value) => [new Uint8Array(crypto[name](bytesOf(value), "binary"))],
  hmac: (name, key) => (value, around) => key(value, around).map((secret) => new Uint8Array(crypto.hmac(name, bytesOf(secret), bytesOf(value), "binary"))),
  encode: (name) => (value) => {
    const bytes = value instanceof Uint8Array ? value : utf8(typeof value === "string" ? value : writeJson(value));
    return [name === "hex" ? hexOf(bytes) : base64(bytes, name)];
  },
};

function output(expression, value, around) {
  const outputs = expression(value, around);
  return outputs.length === 0 ? fail("it gives nothing") : outputs[0];
}

function keepOutput(name, value, scope) {
  scope.keep(name, value instanceof Uint8Array ? value : new Kept(writeJson(value)));
}

// Durations and counts: numbers, or text with variables in it.
const UNITS = { h: 3600000, m: 60000, s: 1000, ms: 1, us: 0.001, ns: 0.000001 };

function duration(setting, around) {
  if (typeof setting === "number") return setting;
  const written = fill(setting, around).trim();
  if (!/^([0-9]+(h|ms|us|ns|m|s))+$/.test(written)) fail("`" + written + "` is not a duration");
  return written.match(/[0-9]+[a-z]+/g).reduce((sum, part) => sum + parseInt(part, 10) * UNITS[part.replace(/[0-9]+/, "")], 0);
}

function count(setting, around) {
  if (typeof setting === "number") return setting;
  const written = fill(setting, around).trim();
  return /^[0-9]+$/.test(written) ? Number(written) : fail("`" + written + "` is not a whole number");
}

// What blocks have in common: what is told, and what is judged.
class Play {
  constructor(block, scope, jar) {
    this.block = block;
    this.scope = scope;
    this.jar = block.cookies ? jar : new http.CookieJar();
    this.failed = false;
  }

  // Each expectation and each `-- check` is a check of k6's.
  tell(label, holds, reason) {
    const name = this.block.name + ": " + label;
    check(null, { [name]: () => holds }, { block: this.block.name });
    if (!holds) console.error("✗ " + name + (reason ? ": " + reason : ""));
    return holds;
  }

  around(more) {
    return Object.assign({ scope: this.scope }, more);
  }

  meets(conditions, value, around) {
    return conditions.every((condition) => {
      const outputs = condition(value, around);
      return outputs.length > 0 && outputs.every(truthy);
    });
  }

  // All checks are judged, and all that fail are told.
  judge(judgements, value, around) {
    let holds = true;
    for (const judgement of judgements) {
      try {
        if (judgement.check) {
          holds = this.tell(judgement.label, this.meets([judgement.check], value, around)) && holds;
        } else if (judgement.save) {
          const found = output(judgement.value, value, around);
          if (found === null) fail("it is null");
          keepOutput(judgement.save, found, this.scope);
        } else {
          keepOutput(judgement.let, output(judgement.value, value, around), this.scope);
        }
      } catch (error) {
        if (!(error instanceof Failed)) throw error;
        holds = this.tell(judgement.label, false, error.message) && holds;
      }
    }
    if (!holds) throw STOP;
  }

  lets() {
    for (const each of this.block.lets || []) keepOutput(each.let, output(each.value, null, this.around()), this.scope);
  }

  headers() {
    const headers = {};
    for (const [name, value] of this.block.headers || []) headers[name] = fill(value, this.around()).trim();
    return headers;
  }

  has(headers, name) {
    return Object.keys(headers).some((key) => key.toLowerCase() === name);
  }

  asks(frame, began, previous, more) {
    return Object.assign(
      {
        text: () => frame.text(),
        size: () => frame.size(),
        format: () => frame.format(),
        elapsed: frame.at - began,
        previous,
        instance: __VU,
      },
      more,
    );
  }

  // What stands behind `<-`, its values kept, and judged.
  settle(step, found, began, previous, last) {
    for (const [name, value] of found.kept) this.scope.keep(name, value);
    const judgements = step.judge || [];
    const checked = judgements.reduce((most, judgement, at) => (judgement.check ? at + 1 : most), 0);
    const now = last ? judgements : judgements.slice(0, checked).filter((judgement) => !judgement.save);
    this.judge(now, found.subject, this.around({ asks: this.asks(found.frame, began, previous) }));
  }

  test(step, match, frame, began, previous) {
    const kept = match(frame);
    if (kept === null) return null;
    const subject = frame.subject(step.message && step.message.format);
    if (step.where) {
      const before = new Map(this.scope.kept);
      for (const [name, value] of kept) this.scope.kept.set(name, value);
      const holds = this.meets(step.where, subject, this.around({ asks: this.asks(frame, began, previous) }));
      this.scope.kept = before;
      if (!holds) return null;
    }
    return { frame, kept, subject };
  }
}

const LATER = 2147483647;

// A `/wss` block.
class Session extends Play {
  constructor(block, scope, jar) {
    super(block, scope, jar);
    Object.assign(this, { inbox: [], pings: [], pongs: [], closes: [], waiting: [], handled: [], at: 0, over: true, ending: null, ours: false, met: false });
    const needs = (step) => step.message !== undefined;
    this.last = block.steps.reduce((last, step, at) => (needs(step) ? at : last), -1);
    this.lastEnd = block.steps.reduce((last, step, at) => ((step.closed || step.dropped) && !step.none) || step.reconnect ? at : last, -1);
    this.handlers = (block.handlers || []).map((handler) => Object.assign({ taken: 0, previous: null }, handler));
  }

  wake() {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  // Until something happens, at most until a time.
  turn(until) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), Math.max(0, Math.min(until - Date.now(), LATER)));
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  // The first outcome that is found, or null once the time is over.
  async until(time, find) {
    for (;;) {
      if (this.failed) throw STOP;
      const found = find();
      if (found) return found;
      if (Date.now() >= time) return null;
      await this.turn(time);
    }
  }

  fault(label, reason) {
    if (this.failed) return;
    this.tell(label, false, reason);
    this.stop();
  }

  stop() {
    this.failed = true;
    if (this.ws && !this.over) this.ws.close(1000);
    this.wake();
  }

  async run() {
    const { block } = this;
    this.scope.heard = () => this.wake();
    let deadline = null;
    const end = block.deadline ? Date.now() + duration(block.deadline, this.around()) : Infinity;
    if (block.deadline) deadline = setTimeout(() => this.fault("@deadline", "it is past"), end - Date.now());
    try {
      await this.connect();
      await this.play();
      await this.linger();
    } catch (error) {
      if (error !== STOP) this.fault("runs", error.message || String(error));
      this.stop();
    }
    if (deadline !== null) clearTimeout(deadline);
    if (!this.over) {
      this.ours = true;
      this.ws.close(1000);
      const time = Math.min(Date.now() + duration(block.closeTimeout, this.around()), end);
      while (!this.over && Date.now() < time) await this.turn(time);
    }
    this.done = true;
    this.wake();
    this.scope.heard = () => {};
  }

  async connect() {
    const { block } = this;
    let attempts = block.retry ? block.retry.times : 0;
    for (;;) {
      const wrong = await this.dial();
      if (wrong === null) break;
      if (attempts-- <= 0 || this.failed) {
        this.fault("connects", wrong);
        throw STOP;
      }
      await this.until(Date.now() + block.retry.pause, () => null);
    }
    this.tell("connects", true);
    this.startHandlers();
  }

  dial() {
    const { block } = this;
    this.lets();
    let url = fill(block.url, this.around()).trim();
    const headers = this.headers();
    const user = /^([a-z]+:\/\/)([^/?#@]*)@/.exec(url);
    if (user) {
      url = url.replace(user[0], user[1]);
      if (!this.has(headers, "authorization")) headers.Authorization = "Basic " + base64(utf8(decodeURIComponent(user[2].includes(":") ? user[2] : user[2] + ":")));
    }
    const protocols = (block.subprotocols ? fill(block.subprotocols, this.around()).split(",").map((name) => name.trim()) : []).filter((name) => name !== "" && name !== "none");
    const choosy = protocols.length > 0 && !block.anySubprotocol;
    for (const name of Object.keys(headers)) {
      if (name.toLowerCase() !== "sec-websocket-protocol") continue;
      protocols.push(...headers[name].split(",").map((one) => one.trim()));
      delete headers[name];
    }
    const ws = new WebSocket(url, protocols, { headers, jar: this.jar, tags: { block: block.name } });
    ws.binaryType = "arraybuffer";
    return new Promise((resolve) => {
      let settled = false;
      const settle = (wrong) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        resolve(wrong);
      };
      const timer = setTimeout(() => {
        ws.onopen = () => ws.close(1000);
        settle("not within " + block.connectTimeout + " ms");
      }, duration(block.connectTimeout, this.around()));
      let wrong = null;
      ws.onopen = () => {
        if (choosy && !ws.protocol) {
          ws.close(1000);
          return settle("the server chose no subprotocol");
        }
        Object.assign(this, { ws, over: false, ending: null, ours: false, met: false });
        this.listen(ws);
        return settle(null);
      };
      ws.onerror = (event) => {
        wrong = String(event.error);
        settle(wrong);
      };
      ws.onclose = () => settle(wrong || "it was closed");
    });
  }

  listen(ws) {
    let wrong = null;
    ws.onmessage = (event) => this.arrive(new Frame(event.data));
    ws.onping = () => this.note(this.pings, true);
    ws.onpong = () => {
      this.ponged = Date.now();
      this.note(this.pongs, true);
    };
    ws.onerror = (event) => {
      wrong = String(event.error);
    };
    ws.onclose = (event) => {
      if (this.ws !== ws) return;
      // Releases without a code in the event tell it in the error, but for 1000 and 1001.
      const told = /^websocket: close ([0-9]+)(?: \([^)]*\))?(?:: ([\s\S]*))?$/.exec(wrong || "");
      const code = event && event.code ? event.code : told ? Number(told[1]) : wrong ? 1006 : undefined;
      const reason = event && event.code ? event.reason : told ? told[2] || "" : undefined;
      this.over = true;
      this.ending = code === 1006 ? { dropped: true } : { code, reason };
      if (code !== 1006) this.closes.push(this.ending);
      this.wake();
    };
    if (this.block.pingEvery) this.keepAlive(ws);
  }

  async keepAlive(ws) {
    const pause = duration(this.block.pingEvery, this.around());
    while (this.ws === ws && !this.over && !this.done) {
      await this.rest(pause);
      if (this.ws !== ws || this.over || this.done) return;
      if (this.pinged && (this.ponged || 0) < this.pinged) return this.fault("@ping-every", "a pong is missing");
      this.pinged = Date.now();
      ws.ping();
    }
  }

  note(queue, value) {
    queue.push(value);
    this.wake();
  }

  matches(patterns, frame) {
    return (patterns || []).some((pattern) => matcher(pattern, this.around())(frame) !== null);
  }

  arrive(frame) {
    if (this.failed) return;
    try {
      const { maxMessage } = this.block;
      if (maxMessage && frame.size() > maxMessage) return this.fault("@max-message", "a message is larger");
      const never = (this.block.never || []).find((each) => matcher(each.message, this.around())(frame) !== null);
      if (never) return this.fault(never.label, "such a message arrived");
      if (this.handlers.some((handler) => handler.on !== undefined)) this.handle(frame);
      if (this.matches(this.block.ignore, frame)) return;
    } catch (error) {
      return this.fault("patterns", error.message);
    }
    if (this.at <= this.last) this.note(this.inbox, frame);
  }

  // Whether an end now is not what the script wants; then why.
  cut() {
    return this.over && !this.ours && !this.met && this.at > this.lastEnd ? "the connection has ended" : null;
  }

  async play() {
    const { steps } = this.block;
    for (this.at = 0; this.at < steps.length; ) {
      let next = this.at + 1;
      if (isExpectation(steps[this.at])) while (next < steps.length && isExpectation(steps[next]) && steps[next].anyOrder) next++;
      const group = steps.slice(this.at, next);
      this.at = next - 1;
      if (group.length > 1) await this.expectAll(group);
      else await this.step(group[0]);
      this.at = next;
    }
  }

  async step(step) {
    try {
      if (isExpectation(step)) return await this.expect(step);
      if (step.wait !== undefined) return await this.wait(step);
      if (step.skip) this.inbox = [];
      else if (step.reconnect) {
        this.ours = true;
        if (!this.over) this.ws.close(1000);
        await this.until(Date.now() + duration(this.block.closeTimeout, this.around()), () => this.over);
        await this.connect();
      } else await this.act(step, this.around({ asks: { instance: __VU } }));
    } catch (error) {
      if (error !== STOP) this.fault(step.label, error.message);
      throw STOP;
    }
    return undefined;
  }

  // What steps of the script and of handlers do.
  async act(step, around) {
    if (step.judge) return this.judge(step.judge, around.subject === undefined ? null : around.subject, around);
    if (step.wait !== undefined) return this.rest(duration(step.wait, around));
    if (this.over) return around.handler ? undefined : fail("nothing can be sent: the connection has ended");
    if (step.ping) return this.ws.ping();
    if (step.close !== undefined) {
      this.ours = true;
      return this.ws.close(step.close, step.reason ? fill(step.reason, around) : "");
    }
    const times = step.repeat ? count(step.repeat.times, around) : 1;
    const pause = step.repeat && step.repeat.every !== undefined ? duration(step.repeat.every, around) : null;
    const began = Date.now();
    for (let number = 0; number < times; number++) {
      if (number > 0 && pause !== null) await this.rest(began + number * pause - Date.now());
      if (this.failed) throw STOP;
      if (this.over) return around.handler ? undefined : fail("nothing can be sent: the connection has ended");
      this.send(step, step.repeat ? Object.assign({}, around, { index: number }) : around);
    }
    return undefined;
  }

  send(step, around) {
    const sent = step.echo ? around.message.data : payload(step.send, around);
    this.ws.send(typeof sent === "string" ? sent : sent.buffer);
  }

  async rest(time) {
    const until = Date.now() + time;
    while (Date.now() < until && !this.over && !this.failed && !this.done) await this.turn(until);
  }

  async wait(step) {
    const cut = await this.until(Date.now() + duration(step.wait, this.around()), () => this.cut() || (this.over && this.lastEnd < this.at ? "over" : null));
    if (cut && cut !== "over") fail(cut);
  }

  queue(step) {
    return step.pinged ? this.pings : step.ponged ? this.pongs : step.closed ? this.closes : this.inbox;
  }

  async expect(step) {
    const around = this.around();
    const began = Date.now();
    const time = began + duration(step.within === undefined ? this.block.timeout : step.within, around);
    if (step.dropped) {
      await this.until(time, () => this.over);
      this.met = true;
      return this.conclude(step, this.ending && this.ending.dropped, "the connection did not end without a close frame");
    }
    const queue = this.queue(step);
    const test = this.tester(step, began);
    if (step.none) return this.none(step, time, queue, test);
    const times = step.times === undefined ? 1 : count(step.times, around);
    for (let number = 0; number < times; number++) {
      const found = await this.until(time, () => {
        while (queue.length > 0) {
          const one = test(queue.shift());
          if (one) return one;
          if (step.next) fail("the next one is another");
        }
        return this.over ? { ended: true } : null;
      });
      if (!found || found.ended) fail(found ? "the connection has ended" : "not in time");
      if (step.closed) this.met = true;
      else if (step.message !== undefined) this.settle(step, found, began, step.previous, number + 1 === times);
      if (step.closed && step.judge) this.judge(step.judge, found.subject, this.around({ asks: {} }));
      step.previous = found.subject;
    }
    return this.conclude(step, true);
  }

  conclude(step, holds, reason) {
    if (!this.tell(step.label, Boolean(holds), reason)) {
      this.stop();
      throw STOP;
    }
  }

  // What tells whether something that arrived is meant.
  tester(step, began) {
    const around = this.around();
    step.previous = null;
    if (step.closed) {
      const { code, reason } = step.closed;
      const run = reason ? compileRun(reason.map((part) => (typeof part === "string" || isOpen(part) ? part : insert(part, around)))) : null;
      return (close) => {
        // Older releases tell neither 1000 from 1001 nor their reason.
        const same = code === undefined || (close.code === undefined ? code === 1000 || code === 1001 : close.code === code);
        const kept = !run || close.reason === undefined ? [] : run(close.reason);
        if (!same || kept === null) return null;
        for (const [name, value] of kept) this.scope.keep(name, value);
        const told = close.code === undefined ? code || 1000 : close.code === 1005 ? null : close.code;
        return { subject: { code: told, reason: close.reason || "" } };
      };
    }
    if (step.message === undefined) return () => ({ subject: "" });
    const match = matcher(step.message, around, Boolean(step.exact));
    return (frame) => this.test(step, match, frame, began, step.previous);
  }

  async none(step, time, queue, test) {
    let at = 0;
    const found = await this.until(time, () => {
      while (at < queue.length) if (test(queue[at++])) return "one arrived";
      return this.cut() || (this.over ? "over" : null);
    });
    if (found && found !== "over") fail(found);
    this.judge(step.judge || [], null, this.around({ asks: {} }));
    return this.conclude(step, true);
  }

  // Several that may come in any order: each message goes to a step that it matches, and where two want the same one, to the
  // one that leaves the other a message too.
  async expectAll(group) {
    const began = Date.now();
    const around = this.around();
    const apart = group.filter((step) => step.message === undefined);
    const steps = group.filter((step) => step.message !== undefined);
    const label = (step) => step.label;
    const waits = steps.map((step) => ({
      step,
      test: this.tester(step, began),
      wanted: step.times === undefined ? 1 : count(step.times, around),
      time: began + duration(step.within === undefined ? this.block.timeout : step.within, around),
      held: [],
    }));
    const full = (wait) => wait.held.length >= wait.wanted;
    try {
      while (!waits.every(full)) {
        const due = waits.filter((wait) => !full(wait)).reduce((one, other) => (other.time < one.time ? other : one));
        const frame = await this.until(due.time, () => this.inbox.shift() || (this.over ? "over" : null));
        if (!frame || frame === "over") {
          this.fault(label(due.step), frame ? "the connection has ended" : "not in time");
          throw STOP;
        }
        const fits = waits.map((wait) => wait.test(frame));
        assign(waits, { fits });
      }
      const left = waits.map((wait) => wait.held.length);
      const all = [].concat(...waits.map((wait, at) => wait.held.map((message) => [message, wait, at]))).sort((one, other) => one[0].number - other[0].number);
      for (const [message, wait, at] of all) {
        left[at] -= 1;
        this.settle(wait.step, message.fits[at], began, wait.step.previous, left[at] === 0);
        wait.step.previous = message.fits[at].subject;
      }
    } catch (error) {
      if (error !== STOP) this.fault(label(steps[0]), error.message);
      throw STOP;
    }
    for (const step of steps) this.conclude(step, true);
    for (const step of apart) await this.step(step);
  }

  startHandlers() {
    for (const handler of this.handlers) {
      handler.taken = 0;
      handler.previous = null;
      if (handler.every !== undefined) this.tick(handler, this.ws);
    }
  }

  // One message at a time, in order.
  async handle(frame) {
    this.handled.push(frame);
    if (this.handling) return;
    this.handling = true;
    while (this.handled.length > 0 && !this.failed) await this.answer(this.handled.shift());
    this.handling = false;
  }

  async answer(frame) {
    for (const handler of this.handlers) {
      if (handler.on === undefined) continue;
      try {
        if (handler.times !== undefined && handler.taken >= count(handler.times, this.around())) continue;
        const kept = matcher(handler.on, this.around())(frame);
        if (kept === null) continue;
        const subject = frame.subject(handler.on && handler.on.format);
        const around = this.around({ message: frame, subject, handler, asks: this.asks(frame, frame.at, handler.previous, { message: () => subject }) });
        const before = new Map(this.scope.kept);
        for (const [name, value] of kept) this.scope.keep(name, value);
        const takes = (handler.choice || []).every((each) => {
          if (each.where) return this.meets([each.where], subject, around);
          this.judge([each], subject, around);
          return true;
        });
        if (!takes) {
          this.scope.kept = before;
          continue;
        }
        handler.taken += 1;
        handler.previous = subject;
        return await this.actAll(handler, around);
      } catch (error) {
        if (error === STOP) return this.stop();
        return this.fault(handler.label, error.message);
      }
    }
    return undefined;
  }

  async actAll(handler, around) {
    for (const step of handler.steps) {
      if (this.failed) return;
      await this.act(step, around);
    }
  }

  async tick(handler, ws) {
    const gone = () => this.ws !== ws || this.over || this.failed || this.done;
    const known = () => {
      try {
        return duration(handler.every, this.around());
      } catch (error) {
        return null;
      }
    };
    let number = 0;
    try {
      const times = handler.times === undefined ? Infinity : null;
      let due = null;
      let pause = null;
      while (!gone()) {
        const now = known();
        if (now !== pause) {
          pause = now;
          due = Date.now() + (now || 0);
        }
        if (pause === null) await this.turn(Date.now() + 60000);
        else if (Date.now() < due) await this.turn(due);
        else {
          if (number >= (times === null ? count(handler.times, this.around()) : times)) return;
          await this.actAll(handler, this.around({ index: number, handler, asks: { index: number, instance: __VU } }));
          number += 1;
          due += pause;
        }
      }
    } catch (error) {
      if (error === STOP) this.stop();
      else this.fault(handler.label, error.message);
    }
  }

  // After a last step that was a send, or with handlers or without steps: what still comes is answered.
  async linger() {
    const steps = this.block.steps.filter((step) => !(step.judge && !isExpectation(step)));
    const last = steps[steps.length - 1];
    const sent = !last || last.send || last.echo || last.ping || last.close !== undefined;
    if (!sent && this.handlers.length === 0) return;
    await this.until(Date.now() + duration(this.block.linger, this.around()), () => this.over);
  }
}

function isExpectation(step) {
  return step.message !== undefined || step.pinged || step.ponged || step.closed || step.dropped || false;
}

// Gives a message to a step that lacks one, perhaps after others have changed places.
function assign(waits, message) {
  const via = waits.map(() => null);
  const queue = [message];
  message.number = assign.number = (assign.number || 0) + 1;
  while (queue.length > 0) {
    const one = queue.shift();
    for (let at = 0; at < waits.length; at++) {
      if (!one.fits[at] || via[at]) continue;
      via[at] = one;
      if (waits[at].held.length < waits[at].wanted) {
        let place = at;
        for (;;) {
          const moved = via[place];
          const before = moved.owner;
          moved.owner = place;
          waits[place].held.push(moved);
          if (before === undefined) return;
          waits[before].held = waits[before].held.filter((other) => other !== moved);
          place = before;
        }
      }
      queue.push(...waits[at].held);
    }
  }
}

const SAFE_AGAIN = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

// A `/http` block.
class HttpExchange extends Play {
  async run() {
    const { block } = this;
    let attempts = block.retry ? block.retry.times : 0;
    for (;;) {
      const told = [];
      try {
        // What fails may be asked again: only the last attempt is told.
        this.told = attempts > 0 ? told : null;
        this.attempt();
      } catch (error) {
        const again = attempts-- > 0 && !error.lasting && (SAFE_AGAIN.includes(block.method) || error.unsent);
        if (again) {
          await new Promise((resolve) => setTimeout(resolve, block.retry.pause));
          continue;
        }
        this.told = null;
        for (const each of told) super.tell(...each);
        if (error !== STOP) super.tell(error.label || block.method, false, error.message);
        return;
      }
      this.told = null;
      for (const each of told) super.tell(...each);
      return;
    }
  }

  tell(label, holds, reason) {
    if (!this.told) return super.tell(label, holds, reason);
    this.told.push([label, holds, reason]);
    return holds;
  }

  attempt() {
    const { block } = this;
    this.lets();
    const around = this.around({ asks: { instance: __VU } });
    const at = block.steps.findIndex((step) => step.status !== undefined || step.message !== undefined);
    const before = at < 0 ? block.steps : block.steps.slice(0, at);
    const after = at < 0 ? [] : block.steps.slice(at);
    let body = null;
    const headers = this.headers();
    for (const step of before) {
      if (step.judge) this.judge(step.judge, null, around);
      else if (step.send) {
        const sent = payload(step.send, around);
        body = typeof sent === "string" ? sent : sent.buffer;
        if (!this.has(headers, "content-type")) headers["Content-Type"] = step.contentType;
      }
    }
    const within = after.reduce((found, step) => (step.within === undefined ? found : step.within), block.timeout);
    const began = Date.now();
    const answer = http.request(block.method, fill(block.url, this.around()).trim(), body, {
      headers,
      jar: this.jar,
      redirects: block.follow || 0,
      responseType: "binary",
      responseCallback: null,
      timeout: Math.max(1, Math.ceil(duration(within, around))),
      tags: { block: block.name, name: block.name },
    });
    if (answer.status === 0) throw Object.assign(new Failed(answer.error || "there was no answer"), { unsent: answer.error_code >= 1100 && answer.error_code < 1220 });
    this.answered(answer, after, began);
  }

  answered(answer, steps, began) {
    const bytes = answer.body ? new Uint8Array(answer.body) : new Uint8Array([]);
    const string = text(bytes);
    if (!steps.some((step) => step.status !== undefined)) {
      this.tell("answers 2xx", answer.status >= 200 && answer.status < 300, "the status is " + answer.status);
      if (answer.status < 200 || answer.status >= 300) throw STOP;
    }
    const headers = {};
    for (const name of Object.keys(answer.headers)) set(headers, name.toLowerCase(), answer.headers[name]);
    const handshake = { status: answer.status, headers, subprotocol: null, body: string || "" };
    for (const step of steps) {
      if (step.status !== undefined) {
        const wanted = String(step.status);
        const holds = wanted.endsWith("xx") ? wanted[0] === String(answer.status)[0] : wanted === String(answer.status);
        if (!this.tell(step.label, holds, "the status is " + answer.status)) throw STOP;
        const asks = { text: string, size: bytes.length, elapsed: Date.now() - began, instance: __VU, handshake };
        this.judge(step.judge || [], handshake, this.around({ asks }));
      } else if (step.message !== undefined) {
        const binary = step.message && step.message.format === "binary";
        const frame = new Frame(string === null || binary ? bytes.buffer : string);
        const found = this.test(step, matcher(step.message, this.around(), Boolean(step.exact)), frame, began, null);
        if (!this.tell(step.label, found !== null, "the body is another")) throw STOP;
        this.settle(step, found, began, null, true);
      } else this.judge(step.judge || [], null, this.around({ asks: { instance: __VU } }));
    }
  }
}

// The blocks of a document, in order: values that one keeps are the later ones', and so are the cookies of those with a jar.
async function play(blocks) {
  const scope = new Scope();
  const jar = new http.CookieJar();
  for (const block of blocks) {
    const one = block.method ? new HttpExchange(block, scope, jar) : new Session(block, scope, jar);
    try {
      await one.run();
    } catch (error) {
      one.tell("runs", false, error.message || String(error));
    }
  }
}
