import { badRequest } from '@anamnesis/protocol';

/**
 * The FHIRPath in which a FHIRPath Patch names elements (https://hl7.org/fhir/R4/fhirpatch.html): element names, an index, `where(…)`, `first()`,
 * `last()`, `extension('…')`, `ofType(…)`, and in criteria comparisons with `=`, `!=`, `and`, `or`, `not()`, `exists()`, `empty()`. FHIR asks for
 * no more ("simple" subset), and what is located must be a place, which functions that compute do not give.
 */
export type Step =
  | { readonly kind: 'element'; readonly name: string }
  | { readonly kind: 'index'; readonly at: number }
  | { readonly kind: 'where'; readonly test: Criterion }
  | { readonly kind: 'first' }
  | { readonly kind: 'last' }
  | { readonly kind: 'ofType'; readonly type: string }
  | { readonly kind: 'extension'; readonly url: string };

export type Criterion =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Criterion[] }
  | { readonly kind: 'not'; readonly of: Criterion }
  | { readonly kind: 'exists'; readonly steps: readonly Step[] }
  | { readonly kind: 'equals'; readonly left: Operand; readonly right: Operand };

export type Operand = { readonly literal: string | number | boolean } | { readonly steps: readonly Step[] };

const TOKEN =
  /\s*(?:'((?:[^'\\]|\\.)*)'|(@[0-9T:.Z+-]+)|(\d+(?:\.\d+)?)|`([^`]+)`|([A-Za-z_]\w*|\$this)|(!=|[=().[\]]))\s*/y;
const MAX_LENGTH = 2_000;
const MAX_NESTING = 8;

interface Token {
  readonly kind: 'text' | 'number' | 'name' | 'sign';
  readonly text: string;
}

function tokenize(text: string): Token[] {
  if (text.length > MAX_LENGTH) throw badRequest('The path is too long');
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (found === null) throw badRequest('The path is not FHIRPath of the kind that a patch may use');
    const [, quoted, moment, number, delimited, name, sign] = found;
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replace(/\\(.)/g, '$1') });
    else if (moment !== undefined) tokens.push({ kind: 'text', text: moment.slice(1) });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'name', text: delimited ?? name ?? '' });
  }
  return tokens;
}

/** Reads a path. Errors: 400 for what is not of the forms above. */
export function readPath(text: string): readonly Step[] {
  const reader = new PathReader(tokenize(text));
  const steps = reader.steps();
  reader.end();
  return steps;
}

class PathReader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw this.#wrong();
  }

  steps(): Step[] {
    const steps = [...this.#step()];
    for (;;) {
      if (this.#accept('.')) steps.push(...this.#step());
      else if (this.#accept('[')) {
        const at = this.#take('number');
        if (!/^\d{1,9}$/.test(at)) throw this.#wrong();
        steps.push({ kind: 'index', at: Number(at) });
        this.#expect(']');
      } else return steps;
    }
  }

  #step(): Step[] {
    // `where(exists())` begins with a function: it is called on the item itself.
    const name = this.#take('name');
    if (name === '$this') return [];
    if (!this.#accept('(')) return [{ kind: 'element', name }];
    const step = this.#call(name);
    this.#expect(')');
    return [step];
  }

  #call(name: string): Step {
    switch (name) {
      case 'where':
        return { kind: 'where', test: this.#criterion() };
      case 'first':
      case 'last':
        return { kind: name };
      case 'single':
        return { kind: 'where', test: { kind: 'and', parts: [] } };
      case 'ofType':
      case 'as':
        return { kind: 'ofType', type: this.#take('name') };
      case 'extension':
        return { kind: 'extension', url: this.#take('text') };
      default:
        throw badRequest('The path calls a function that a patch may not use');
    }
  }

  #criterion(): Criterion {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) throw badRequest('The path is nested too deep');
    const parts = [this.#conjunction()];
    while (this.#acceptName('or')) parts.push(this.#conjunction());
    this.#nesting -= 1;
    return parts.length === 1 ? (parts[0] as Criterion) : { kind: 'or', parts };
  }

  #conjunction(): Criterion {
    const parts = [this.#comparison()];
    while (this.#acceptName('and')) parts.push(this.#comparison());
    return parts.length === 1 ? (parts[0] as Criterion) : { kind: 'and', parts };
  }

  #comparison(): Criterion {
    if (this.#accept('(')) {
      const inner = this.#criterion();
      this.#expect(')');
      return this.#negated(inner);
    }
    const left = this.#operand();
    if (this.#accept('=')) return { kind: 'equals', left, right: this.#operand() };
    if (this.#accept('!=')) return { kind: 'not', of: { kind: 'equals', left, right: this.#operand() } };
    if (!('steps' in left)) throw this.#wrong();
    return left.test ?? { kind: 'equals', left, right: { literal: true } };
  }

  #operand(): Operand & { readonly test?: Criterion } {
    const token = this.#tokens[this.#next];
    if (token?.kind === 'text') return { literal: this.#take('text') };
    if (token?.kind === 'number') return { literal: Number(this.#take('number')) };
    if (token?.text === 'true' || token?.text === 'false') return { literal: this.#take('name') === 'true' };
    return this.#tested();
  }

  /** Steps that may end in `exists()` or `empty()`, and then are a criterion. */
  #tested(): Operand & { readonly test?: Criterion } {
    const steps: Step[] = [];
    for (;;) {
      const [token, sign] = [this.#tokens[this.#next], this.#tokens[this.#next + 1]];
      if ((token?.text === 'exists' || token?.text === 'empty') && sign?.text === '(') {
        this.#next += 2;
        this.#expect(')');
        const exists: Criterion = { kind: 'exists', steps };
        return { steps, test: this.#negated(token.text === 'exists' ? exists : { kind: 'not', of: exists }) };
      }
      steps.push(...this.#step());
      while (this.#accept('[')) {
        steps.push({ kind: 'index', at: Number(this.#take('number')) });
        this.#expect(']');
      }
      if (!this.#accept('.')) return { steps };
    }
  }

  #negated(criterion: Criterion): Criterion {
    const [dot, name] = [this.#tokens[this.#next], this.#tokens[this.#next + 1]];
    if (dot?.text !== '.' || name?.text !== 'not') return criterion;
    this.#next += 2;
    this.#expect('(');
    this.#expect(')');
    return { kind: 'not', of: criterion };
  }

  #accept(sign: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.#next += 1;
    return true;
  }

  #acceptName(name: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'name' || token.text !== name) return false;
    this.#next += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#accept(sign)) throw this.#wrong();
  }

  #take(kind: Token['kind']): string {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) throw this.#wrong();
    this.#next += 1;
    return token.text;
  }

  #wrong(): Error {
    return badRequest('The path is not FHIRPath of the kind that a patch may use');
  }
}
