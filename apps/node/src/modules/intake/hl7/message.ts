import { IntakeRefusal } from '../refusal.ts';
import { type Decode, decoderOf } from './charset.ts';
import { type Delimiters, unescapeText } from './escapes.ts';

/** More segments than this are no message of one patient. */
const MAX_SEGMENTS = 20_000;
/** A header is looked for in so many bytes. */
const MAX_HEADER = 4_096;

/** A piece of a field: a repetition, a component or a subcomponent, by how deep it stands. */
export class Part {
  readonly #raw: string;
  readonly #below: readonly string[];
  readonly #syntax: Syntax;

  constructor(raw: string, below: readonly string[], syntax: Syntax) {
    this.#raw = raw;
    this.#below = below;
    this.#syntax = syntax;
  }

  /** The nth piece (from 1) one level deeper; without separators inside, the first is all of it. */
  part(n: number): Part {
    const [separator = '', ...rest] = this.#below;
    const pieces = separator === '' ? [this.#raw] : this.#raw.split(separator);
    return new Part(pieces[n - 1] ?? '', rest, this.#syntax);
  }

  /** All of it as text, without escapes; '' for HL7's null (`""`) too. */
  get text(): string {
    return this.verbatim.trim();
  }

  /** The same with the blanks at its ends: lines of a report are set with them. */
  get verbatim(): string {
    if (this.isNull) return '';
    return unescapeText(this.#raw, this.#syntax.delimiters, this.#syntax.decode);
  }

  /** The text of a piece deeper down: `at(2)` a component, `at(1, 2)` a subcomponent of a repetition. */
  at(n: number, sub?: number): string {
    const component = this.part(n);
    return sub === undefined ? component.text : component.part(sub).text;
  }

  /** HL7's null: what is there shall be deleted. */
  get isNull(): boolean {
    return this.#raw === '""';
  }

  get isEmpty(): boolean {
    return this.#raw === '';
  }
}

interface Syntax {
  readonly delimiters: Delimiters;
  readonly decode: Decode;
}

/** One segment. Fields are numbered as in the standard, MSH-1 included. */
export class Segment {
  readonly name: string;
  /** Which of its name in the message, from 1. */
  readonly sequence: number;
  readonly #fields: readonly string[];
  readonly #syntax: Syntax;

  constructor(name: string, sequence: number, fields: readonly string[], syntax: Syntax) {
    this.name = name;
    this.sequence = sequence;
    this.#fields = fields;
    this.#syntax = syntax;
  }

  /** The repetitions of a field that are not empty. */
  all(field: number): Part[] {
    const raw = this.#fields[field] ?? '';
    if (raw === '') return [];
    return raw
      .split(this.#syntax.delimiters.repetition)
      .map((one) => this.#part(one))
      .filter((part) => !part.isEmpty);
  }

  /** The first repetition of a field. */
  first(field: number): Part {
    const raw = this.#fields[field] ?? '';
    const end = raw.indexOf(this.#syntax.delimiters.repetition);
    return this.#part(end < 0 ? raw : raw.slice(0, end));
  }

  /** The first repetition's component, as text. */
  at(field: number, component = 1): string {
    return this.first(field).at(component);
  }

  /** The whole field as one text, repetitions as lines. */
  text(field: number): string {
    return this.all(field)
      .map((part) => part.text)
      .join('\n');
  }

  /** Errors: `required-field` where the component is empty. */
  required(field: number, what: string, component = 1): string {
    const text = this.at(field, component);
    if (text === '') throw this.refusal('required-field', `${what} is missing`, field, component);
    return text;
  }

  /** The segment as it came, without one of its fields. */
  withoutField(field: number | null): string {
    return this.#fields.map((one, at) => (at === field ? '' : one)).join(this.#syntax.delimiters.field);
  }

  refusal(condition: IntakeRefusal['condition'], message: string, field?: number, component?: number): IntakeRefusal {
    const { name: segment, sequence } = this;
    const place = {
      segment,
      sequence,
      ...(field !== undefined && { field }),
      ...(component !== undefined && { component }),
    };
    return new IntakeRefusal(condition, message, place);
  }

  #part(raw: string): Part {
    const { component, subcomponent } = this.#syntax.delimiters;
    return new Part(raw, [component, subcomponent], this.#syntax);
  }
}

/** A message, taken apart. */
export interface Hl7Message {
  readonly delimiters: Delimiters;
  readonly msh: Segment;
  /** All of them, MSH first, in their order. */
  readonly segments: readonly Segment[];
}

/** The first segment alone, read as far as bytes allow: enough to answer a message that cannot be read. Null where there is none. */
export function readHeader(bytes: Uint8Array): Segment | null {
  const line = firstLine(bytes);
  const delimiters = delimitersIn(line);
  if (delimiters === null) return null;
  return headerOf(line, { delimiters, decode: (one) => Buffer.from(one).toString('latin1') });
}

/**
 * Reads a message of HL7 v2 in ER7 form. Segments may end with CR, LF or both.
 * @param charset what MSH-18 is taken to be where it is empty.
 *
 * Errors: `segment-sequence` for what is no message, `table-value` for a character set that is not read, `data-type` for bytes that are no text in it.
 */
export function readMessage(bytes: Uint8Array, charset = 'ASCII'): Hl7Message {
  const header = readHeader(bytes);
  const delimiters = delimitersIn(firstLine(bytes));
  if (header === null || delimiters === null)
    throw new IntakeRefusal('segment-sequence', 'This is no message: it has no MSH segment');
  const decode = decoderOf(header.at(18) || charset);
  const syntax = { delimiters, decode };
  const segments: Segment[] = [];
  const counts = new Map<string, number>();
  for (const line of decoded(bytes, decode).split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    if (segments.length >= MAX_SEGMENTS)
      throw new IntakeRefusal('segment-sequence', 'The message has too many segments');
    if (segments.length === 0) {
      segments.push(headerOf(line.trimStart(), syntax));
      continue;
    }
    const fields = line.split(syntax.delimiters.field);
    const name = (fields[0] ?? '').trim();
    if (!/^[A-Z][A-Z0-9]{2}$/.test(name) || name === 'MSH') {
      const place = { segment: segments.at(-1)?.name ?? 'MSH', sequence: segments.at(-1)?.sequence ?? 1 };
      throw new IntakeRefusal('segment-sequence', 'What follows this segment is no segment', place);
    }
    const sequence = (counts.get(name) ?? 0) + 1;
    counts.set(name, sequence);
    segments.push(new Segment(name, sequence, fields, syntax));
  }
  const [msh] = segments;
  return { delimiters, msh: msh as Segment, segments };
}

function decoded(bytes: Uint8Array, decode: Decode): string {
  try {
    const text = decode(bytes);
    if (text.includes('\0')) throw new TypeError('no text');
    return text;
  } catch (cause) {
    const message = 'The message has bytes that are no text in its character set';
    throw new IntakeRefusal('data-type', message, { segment: 'MSH', field: 18 }, { cause });
  }
}

function headerOf(line: string, syntax: Syntax): Segment {
  const [, encoding = '', ...rest] = line.split(syntax.delimiters.field);
  return new Segment('MSH', 1, ['MSH', syntax.delimiters.field, encoding, ...rest], syntax);
}

function firstLine(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, MAX_HEADER)).toString('latin1').trimStart();
  return text.split(/[\r\n]/, 1)[0] ?? '';
}

/** Null where the line is no MSH, or its characters cannot be told apart. */
function delimitersIn(line: string): Delimiters | null {
  if (!line.startsWith('MSH')) return null;
  const field = line.charAt(3);
  const encoding = line.slice(4).split(field, 1)[0] ?? '';
  const [component = '', repetition = '', escaping = '', subcomponent = ''] = encoding;
  const all = [field, component, repetition, escaping, subcomponent].filter((one) => one !== '');
  const usable = all.every((one) => /^[!-/:-@[-`{-~]$/.test(one));
  if (component === '' || repetition === '' || encoding.length > 5 || !usable) return null;
  return new Set(all).size === all.length ? { field, component, repetition, escaping, subcomponent } : null;
}
