import { AnamnesisError } from '../errors.ts';
import { malformed, scanJson } from './scan.ts';

/** Bounds of what `parseJson` reads. */
export interface JsonLimits {
  /** Levels of objects and arrays within one another. Default 64. */
  readonly maxDepth?: number;
  /** UTF-16 code units of the text. Default 64 Mi. */
  readonly maxLength?: number;
}

const MAX_DEPTH = 64;
const MAX_LENGTH = 64 * 1024 * 1024;

/**
 * The delimiter after a number that JavaScript may write otherwise: trailing zero after the point, exponent, more than 15 digits, six
 * zeros after the point, minus zero. Looking backwards from delimiters is the quickest of many forms that were measured.
 */
const AFTER_SUSPECT = /(?<=\d)[,}\]\s](?<=(?:\.\d*0|[eE][+-]?\d+|[\d.]{16}|\.0{6}\d+|-0).)/g;
const SURROGATE_ESCAPE = /\\u[dD]/;

/**
 * Reads JSON from outside without losing anything: numbers keep the digits they were written with (see `LITERALS`), and what
 * JSON.parse would pass over in silence is refused: a name given twice in one object (the first value would vanish from a
 * record), half a surrogate pair (I-JSON, RFC 7493) and the name `__proto__`.
 * @throws AnamnesisError `json-malformed` with the position and no content, `json-too-deep`, `json-too-large`.
 */
export function parseJson(text: string, limits: JsonLimits = {}): unknown {
  const maxDepth = limits.maxDepth ?? MAX_DEPTH;
  if (text.length > (limits.maxLength ?? MAX_LENGTH))
    throw new AnamnesisError('json-too-large', 'The JSON text is too long');
  if (!text.isWellFormed()) throw malformed('half a surrogate pair', 0);
  if (hasUnusualNumber(text) || SURROGATE_ESCAPE.test(text)) {
    return scanJson(text, maxDepth);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return scanJson(text, maxDepth); // Throws, with a position and without quoting the text.
  }
  const names = countNames(value, 1, maxDepth);
  // Every name is followed by a colon, so as many names in the value as in the text means that none was given twice.
  return names === (text.match(/"\s*:/g)?.length ?? 0) ? value : scanJson(text, maxDepth);
}

/**
 * Reads JSON that this product wrote itself and kept where nobody else writes, such as the canonical text of a stored record: lossless
 * as `parseJson`, and quicker, since it looks for nothing that the writer never writes.
 */
export function parseStoredJson(text: string): unknown {
  return hasUnusualNumber(text) ? scanJson(text, Number.POSITIVE_INFINITY) : JSON.parse(text);
}

/** Whether a number would lose its digits. What looks like one inside a string only makes the complete reader run for nothing. */
function hasUnusualNumber(text: string): boolean {
  AFTER_SUSPECT.lastIndex = 0;
  while (AFTER_SUSPECT.test(text)) {
    const end = AFTER_SUSPECT.lastIndex - 1;
    let start = end;
    while (isNumeric(text.charCodeAt(start - 1))) start--;
    const literal = text.slice(start, end);
    if (String(Number(literal)) !== literal) return true;
  }
  return false;
}

/** True for the UTF-16 code units of 0 to 9, point, plus, minus, e and E. */
function isNumeric(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || unit === 46 || unit === 43 || unit === 45 || unit === 101 || unit === 69;
}

function countNames(value: unknown, depth: number, maxDepth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > maxDepth) throw new AnamnesisError('json-too-deep', `JSON is nested deeper than ${maxDepth} levels`);
  let names = 0;
  if (Array.isArray(value)) {
    for (const item of value)
      if (typeof item === 'object' && item !== null) names += countNames(item, depth + 1, maxDepth);
    return names;
  }
  const object = value as Record<string, unknown>;
  for (const name in object) {
    if (name === '__proto__') return Number.NaN; // Equals no count, so the complete reader refuses it.
    names++;
    const item = object[name];
    if (typeof item === 'object' && item !== null) names += countNames(item, depth + 1, maxDepth);
  }
  return names;
}
