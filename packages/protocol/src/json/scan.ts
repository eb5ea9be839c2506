import { AnamnesisError } from '../errors.ts';
import { LITERALS, type Literals } from './literals.ts';

/** Where and why a text is not acceptable JSON. The message never quotes the text, which may be clinical. */
export function malformed(what: string, position: number): AnamnesisError {
  return new AnamnesisError('json-malformed', `Malformed JSON at position ${position}: ${what}`);
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN = /[ !#-[\]-\uffff]*/y;
const SPACE = /[ \t\n\r]*/y;
const HEX4 = /[\dA-Fa-f]{4}/y;
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * A complete JSON reader (RFC 8259, with the rules of I-JSON, RFC 7493): slower than JSON.parse, but it keeps the text of numbers, knows
 * the position of an error and refuses what JSON.parse lets pass: a name given twice, half a surrogate pair, a number too large.
 */
export function scanJson(text: string, maxDepth: number): unknown {
  let at = 0;
  const literal = number();
  const value = literal === null ? readValue(0) : Number(literal);
  space();
  if (at < text.length) throw malformed('text after the value', at);
  return value;

  function readValue(depth: number): unknown {
    space();
    const first = text[at];
    if (first === '{') return readObject(depth + 1);
    if (first === '[') return readArray(depth + 1);
    if (first === '"') return readString();
    if (first === 't') return readWord('true', true);
    if (first === 'f') return readWord('false', false);
    if (first === 'n') return readWord('null', null);
    throw malformed(first === undefined ? 'unexpected end' : 'a value was expected', at);
  }

  function readObject(depth: number): unknown {
    enter(depth);
    const object: Record<string, unknown> = {};
    let literals: Literals | undefined;
    space();
    if (text[at] === '}') {
      at++;
      return object;
    }
    for (;;) {
      space();
      const start = at;
      if (text[at] !== '"') throw malformed('a name was expected', at);
      const name = readString();
      // A property of this name would change the prototype of a copy.
      if (name === '__proto__') throw malformed('a name is not allowed', start);
      if (Object.hasOwn(object, name)) throw malformed('a name is given twice', start);
      space();
      if (text[at] !== ':') throw malformed('a colon was expected', at);
      at++;
      const literal = number();
      if (literal === null) object[name] = readValue(depth);
      else {
        object[name] = Number(literal);
        if (String(object[name]) !== literal) {
          literals ??= {};
          literals[name] = literal;
        }
      }
      space();
      if (text[at] === '}') break;
      if (text[at] !== ',') throw malformed('a comma or closing brace was expected', at);
      at++;
    }
    at++;
    return literals ? Object.assign(object, { [LITERALS]: literals }) : object;
  }

  function readArray(depth: number): unknown {
    enter(depth);
    const array: unknown[] = [];
    let literals: Literals | undefined;
    space();
    if (text[at] === ']') {
      at++;
      return array;
    }
    for (;;) {
      const literal = number();
      if (literal === null) array.push(readValue(depth));
      else {
        if (String(Number(literal)) !== literal) {
          literals ??= {};
          literals[array.length] = literal;
        }
        array.push(Number(literal));
      }
      space();
      if (text[at] === ']') break;
      if (text[at] !== ',') throw malformed('a comma or closing bracket was expected', at);
      at++;
    }
    at++;
    return literals ? Object.assign(array, { [LITERALS]: literals }) : array;
  }

  /** The text of the number that comes next, or null when something else comes. */
  function number(): string | null {
    space();
    NUMBER.lastIndex = at;
    const literal = NUMBER.exec(text)?.[0];
    if (literal === undefined) return null;
    if (!Number.isFinite(Number(literal))) throw malformed('a number is too large', at);
    at += literal.length;
    return literal;
  }

  function readString(): string {
    const start = at++;
    let whole = '';
    for (;;) {
      PLAIN.lastIndex = at;
      PLAIN.test(text);
      whole += text.slice(at, PLAIN.lastIndex);
      at = PLAIN.lastIndex;
      if (text[at] === '"') break;
      if (at >= text.length) throw malformed('a string does not end', start);
      if (text[at] !== '\\') throw malformed('a control character in a string', at);
      whole += readEscape();
    }
    at++;
    if (!whole.isWellFormed()) throw malformed('half a surrogate pair in a string', start);
    return whole;
  }

  function readEscape(): string {
    const character = text[at + 1] ?? '';
    if (character === 'u') {
      HEX4.lastIndex = at + 2;
      const digits = HEX4.exec(text)?.[0];
      if (!digits) throw malformed('an escape was not understood', at);
      at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meaning = ESCAPES[character];
    if (meaning === undefined) throw malformed('an escape was not understood', at);
    at += 2;
    return meaning;
  }

  function readWord<T>(word: string, value: T): T {
    if (!text.startsWith(word, at)) throw malformed('a value was expected', at);
    at += word.length;
    return value;
  }

  function space(): void {
    const code = text.charCodeAt(at);
    if (code > 32) return;
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  }

  function enter(depth: number): void {
    if (depth > maxDepth) throw new AnamnesisError('json-too-deep', `JSON is nested deeper than ${maxDepth} levels`);
    at++;
  }
}
