/** An expression of FHIRPath as a tree (http://hl7.org/fhirpath/N1/#grammar). */
export type Expression =
  | {
      readonly kind: 'literal';
      readonly type: LiteralType;
      readonly value: string | number | boolean;
      readonly unit?: string;
    }
  | { readonly kind: 'empty' }
  | { readonly kind: 'constant'; readonly name: string }
  | { readonly kind: 'this' | 'index' | 'total' }
  | { readonly kind: 'member'; readonly of: Expression | null; readonly name: string }
  | {
      readonly kind: 'call';
      readonly of: Expression | null;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'item'; readonly of: Expression; readonly at: Expression }
  | { readonly kind: 'negate'; readonly of: Expression }
  | { readonly kind: 'type'; readonly operator: 'is' | 'as'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression };

export type LiteralType = 'String' | 'Integer' | 'Decimal' | 'Boolean' | 'Date' | 'DateTime' | 'Time' | 'Quantity';

/** An expression that is not FHIRPath, or uses what this evaluator has not. */
export class FhirPathError extends Error {
  override readonly name = 'FhirPathError';
}

interface Token {
  readonly kind: 'number' | 'string' | 'date' | 'name' | 'constant' | 'symbol' | 'end';
  readonly text: string;
  /** A name between backticks is never an operator. */
  readonly quoted?: boolean;
}

const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<number>\d+(?:\.\d+)?)|'(?<string>(?:[^'\\]|\\.)*)'|(?<date>@T?[0-9][0-9T:.+Z-]*)|%(?:'(?<quotedConstant>[^']*)'|`(?<tickedConstant>[^`]*)`|(?<constant>[A-Za-z_][\w-]*))|`(?<quoted>(?:[^`\\]|\\.)*)`|(?<name>\$?[A-Za-z_]\w*)|(?<symbol><=|>=|!=|!~|[-+*/|&<>=~()[\]{}.,])/y;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, code: string) =>
    code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
  );
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw new FhirPathError(`Not FHIRPath at position ${at}`);
    const { number, string, date, quotedConstant, tickedConstant, constant, quoted, name, symbol } = groups;
    const fixed = quotedConstant ?? tickedConstant ?? constant;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) tokens.push({ kind: 'string', text: unescaped(string) });
    else if (date !== undefined) tokens.push({ kind: 'date', text: date.slice(1) });
    else if (fixed !== undefined) tokens.push({ kind: 'constant', text: fixed });
    else if (quoted !== undefined) tokens.push({ kind: 'name', text: unescaped(quoted), quoted: true });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** How tightly binary operators bind. */
const BINDING: Readonly<Record<string, number>> = {
  implies: 1,
  or: 2,
  xor: 2,
  and: 3,
  in: 4,
  contains: 4,
  '=': 5,
  '~': 5,
  '!=': 5,
  '!~': 5,
  '<': 6,
  '>': 6,
  '<=': 6,
  '>=': 6,
  '|': 7,
  is: 8,
  as: 8,
  '+': 9,
  '-': 9,
  '&': 9,
  '*': 10,
  '/': 10,
  div: 10,
  mod: 10,
};

const UNITS = /^(?:year|month|week|day|hour|minute|second|millisecond)s?$/;
const MAX_DEPTH = 200;

/** Parses FHIRPath. Errors: `FhirPathError`. */
export function parseFhirPath(text: string): Expression {
  const tokens = tokensOf(text);
  let at = 0;
  let depth = 0;
  const peek = (): Token => tokens[at] as Token;
  const isSymbol = (symbol: string) => peek().kind === 'symbol' && peek().text === symbol;
  const fail = (): never => {
    throw new FhirPathError(`Not FHIRPath at token ${at + 1}`);
  };
  const expect = (symbol: string): void => {
    if (!isSymbol(symbol)) fail();
    at++;
  };

  function expression(least: number): Expression {
    if (++depth > MAX_DEPTH) fail();
    let left = unary();
    for (;;) {
      const { kind, text: operator, quoted } = peek();
      const strength = (kind === 'symbol' || kind === 'name') && !quoted ? BINDING[operator] : undefined;
      if (strength === undefined || strength < least) break;
      at++;
      if (operator === 'is' || operator === 'as') left = { kind: 'type', operator, of: left, name: typeName() };
      else left = { kind: 'binary', operator, left, right: expression(strength + 1) };
    }
    depth--;
    return left;
  }

  function unary(): Expression {
    if (isSymbol('-')) {
      at++;
      return { kind: 'negate', of: unary() };
    }
    if (isSymbol('+')) at++;
    let value = term();
    for (;;) {
      if (isSymbol('.')) {
        at++;
        value = invocation(value);
      } else if (isSymbol('[')) {
        at++;
        value = { kind: 'item', of: value, at: expression(0) };
        expect(']');
      } else return value;
    }
  }

  function term(): Expression {
    const { kind, text: word } = peek();
    if (kind === 'name') return invocation(null);
    at++;
    switch (kind) {
      case 'number':
        return quantityOr(word);
      case 'string':
        return { kind: 'literal', type: 'String', value: word };
      case 'date':
        return dateLiteral(word);
      case 'constant':
        return { kind: 'constant', name: word };
      case 'symbol':
        if (word === '(') {
          const inner = expression(0);
          expect(')');
          return inner;
        }
        if (word === '{') {
          expect('}');
          return { kind: 'empty' };
        }
        return fail();
      default:
        return fail();
    }
  }

  function quantityOr(number: string): Expression {
    const { kind, text: unit } = peek();
    if (kind === 'string' || (kind === 'name' && UNITS.test(unit))) {
      at++;
      return { kind: 'literal', type: 'Quantity', value: Number(number), unit };
    }
    return { kind: 'literal', type: number.includes('.') ? 'Decimal' : 'Integer', value: Number(number) };
  }

  function dateLiteral(text: string): Expression {
    if (text.startsWith('T')) return { kind: 'literal', type: 'Time', value: text.slice(1) };
    if (!text.includes('T')) return { kind: 'literal', type: 'Date', value: text };
    return { kind: 'literal', type: 'DateTime', value: text.replace(/T$/, '') };
  }

  function invocation(of: Expression | null): Expression {
    const { kind, text: name, quoted } = peek();
    if (kind !== 'name') return fail();
    at++;
    if (!quoted && of === null) {
      if (name === 'true' || name === 'false') return { kind: 'literal', type: 'Boolean', value: name === 'true' };
      if (name === '$this') return { kind: 'this' };
      if (name === '$index') return { kind: 'index' };
      if (name === '$total') return { kind: 'total' };
    }
    if (!isSymbol('(')) return { kind: 'member', of, name };
    at++;
    const args: Expression[] = [];
    while (!isSymbol(')')) {
      if (args.length > 0) expect(',');
      args.push(expression(0));
    }
    at++;
    return { kind: 'call', of, name, args };
  }

  function typeName(): string {
    const { kind, text: first } = peek();
    if (kind !== 'name') return fail();
    at++;
    if (!isSymbol('.')) return first;
    at++;
    const { text: second } = peek();
    at++;
    return `${first}.${second}`;
  }

  const whole = expression(0);
  if (peek().kind !== 'end') fail();
  return whole;
}
