import { FUNCTIONS } from './functions.ts';
import { childrenNamed, isOfType, type Node } from './nodes.ts';
import { equalNodes, equals, equivalent, order } from './operators.ts';
import { type Expression, FhirPathError } from './parse.ts';

/** What an expression may ask for besides its focus. */
export interface Environment {
  /** `%resource`: the resource that holds the element. */
  readonly resource: Node;
  /** `%rootResource`: the resource that contains it, if it is contained. */
  readonly rootResource: Node;
  /** `%context`. */
  readonly context: Node;
  /** What a reference leads to; undefined when it is not at hand. */
  readonly resolve?: (reference: string) => Node | undefined;
  /** Whether a code, Coding or CodeableConcept is in a value set; undefined when it cannot be said. */
  readonly memberOf?: (node: Node, valueSet: string) => boolean | undefined;
  /** Bounds the work and remembers whether something could not be decided. */
  readonly effort: Effort;
}

/** Work left, in nodes looked at; an evaluation that uses it up ends with `EffortSpent`. */
export interface Effort {
  left: number;
  /** Set when an answer rested on what is not known: a reference that leads outside, dates of different precision, a foreign code system. */
  undecided: boolean;
  /** What is below an object, once it was asked for: R4's dom-3 asks for each contained resource anew. */
  below?: WeakMap<object, Nodes>;
}

export class EffortSpent extends Error {
  override readonly name = 'EffortSpent';
}

/** The variables of the innermost loop. */
export interface Loop {
  readonly self: Node | undefined;
  readonly index: number;
  readonly total: readonly Node[];
}

export type Nodes = readonly Node[];
export type Evaluate = (focus: Nodes, env: Environment, loop: Loop) => Nodes;

export const NOTHING: Nodes = [];
const TRUE: Nodes = [{ value: true, type: 'System.Boolean' }];
const FALSE: Nodes = [{ value: false, type: 'System.Boolean' }];

export function truth(value: boolean | undefined): Nodes {
  return value === undefined ? NOTHING : value ? TRUE : FALSE;
}

export function spend(env: Environment, nodes: number): void {
  env.effort.left -= nodes + 1;
  if (env.effort.left < 0) throw new EffortSpent('The evaluation takes too long');
}

/** A collection as a boolean: one item that is no boolean counts as true (http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections). */
export function boolean(nodes: Nodes): boolean | undefined {
  const [only] = nodes;
  if (only === undefined) return undefined;
  return typeof only.value === 'boolean' ? only.value : true;
}

const CONSTANTS: Readonly<Record<string, string>> = {
  ucum: 'http://unitsofmeasure.org',
  sct: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
};

/** Makes a function of an expression. Errors: `FhirPathError` for functions that are not there. */
export function compile(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'empty':
      return () => NOTHING;
    case 'literal': {
      const { type, value, unit } = expression;
      const node: Nodes = [
        type === 'Quantity'
          ? { value: { value, code: unit, unit }, type: 'Quantity' }
          : { value, type: `System.${type}` },
      ];
      return () => node;
    }
    case 'constant':
      return constant(expression.name);
    case 'this':
      return (focus, _env, { self }) => (self === undefined ? focus : [self]);
    case 'index':
      return (_focus, _env, { index }) => [{ value: index, type: 'System.Integer' }];
    case 'total':
      return (_focus, _env, { total }) => total;
    case 'member':
      return member(expression.of, expression.name);
    case 'call':
      return call(expression.of, expression.name, expression.args);
    case 'item': {
      const of = compile(expression.of);
      const at = compile(expression.at);
      return (focus, env, loop) => {
        const found = of(focus, env, loop)[Number(at(focus, env, loop)[0]?.value)];
        return found === undefined ? NOTHING : [found];
      };
    }
    case 'negate': {
      const of = compile(expression.of);
      return (focus, env, loop) =>
        of(focus, env, loop).map(({ value, type }) => ({
          value: -Number(value),
          type: `System.${systemNumber(type)}`,
        }));
    }
    case 'type':
      return ofType(compile(expression.of), expression.operator, expression.name);
    case 'binary':
      return binary(expression.operator, compile(expression.left), compile(expression.right));
  }
}

const systemNumber = (type: string) => (/integer|Int$|Integer/.test(type) ? 'Integer' : 'Decimal');

function constant(name: string): Evaluate {
  if (name === 'resource') return (_focus, env) => [env.resource];
  if (name === 'rootResource') return (_focus, env) => [env.rootResource];
  if (name === 'context') return (_focus, env) => [env.context];
  const [, kind, id] = /^(vs|ext)-(.+)$/.exec(name) ?? [];
  const text =
    kind === 'vs'
      ? `http://hl7.org/fhir/ValueSet/${id}`
      : kind === 'ext'
        ? `http://hl7.org/fhir/StructureDefinition/${id}`
        : CONSTANTS[name];
  if (text === undefined) throw new FhirPathError(`%${name} is not known`);
  const node: Nodes = [{ value: text, type: 'System.String' }];
  return () => node;
}

function member(of: Expression | null, name: string): Evaluate {
  const step = (nodes: Nodes, env: Environment): Nodes => {
    spend(env, nodes.length);
    const [only] = nodes;
    if (only !== undefined && nodes.length === 1) return childrenNamed(only, name);
    return nodes.flatMap((node) => childrenNamed(node, name));
  };
  if (of === null) {
    const isType = /^[A-Z]/.test(name);
    return (focus, env, { self }) => {
      const from = self === undefined ? focus : [self];
      // An expression may begin with the type that it is about: Patient.name.
      return isType && from.some((node) => isOfType(node, name)) ? from : step(from, env);
    };
  }
  const before = compile(of);
  return (focus, env, loop) => step(before(focus, env, loop), env);
}

function call(of: Expression | null, name: string, args: readonly Expression[]): Evaluate {
  const before: Evaluate = of === null ? (focus, _env, { self }) => (self === undefined ? focus : [self]) : compile(of);
  if (name === 'is' || name === 'as' || name === 'ofType') {
    const [type] = args;
    if (args.length !== 1 || type === undefined) throw new FhirPathError(`${name}() takes a type`);
    return ofType(before, name, typeNameOf(type));
  }
  const make = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (make === undefined) throw new FhirPathError(`${name}() is not known`);
  const run = make(args.map(compile));
  return (focus, env, loop) => {
    const nodes = before(focus, env, loop);
    spend(env, nodes.length);
    return run(nodes, env, loop, focus);
  };
}

function typeNameOf(expression: Expression): string {
  if (expression.kind !== 'member') throw new FhirPathError('A type was expected');
  return expression.of === null ? expression.name : `${typeNameOf(expression.of)}.${expression.name}`;
}

function ofType(of: Evaluate, operator: 'is' | 'as' | 'ofType', name: string): Evaluate {
  if (operator === 'is') {
    return (focus, env, loop) => {
      const [node] = of(focus, env, loop);
      return node === undefined ? NOTHING : truth(isOfType(node, name));
    };
  }
  // R4's own invariants use `as` on several values, so it filters as ofType does.
  return (focus, env, loop) => of(focus, env, loop).filter((node) => isOfType(node, name));
}

function binary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case 'and':
      return (focus, env, loop) => {
        const a = boolean(left(focus, env, loop));
        if (a === false) return FALSE;
        const b = boolean(right(focus, env, loop));
        return b === false ? FALSE : truth(a && b);
      };
    case 'or':
      return (focus, env, loop) => {
        const a = boolean(left(focus, env, loop));
        if (a === true) return TRUE;
        const b = boolean(right(focus, env, loop));
        return b === true ? TRUE : truth(a === undefined || b === undefined ? undefined : false);
      };
    case 'xor':
      return (focus, env, loop) => {
        const [a, b] = [boolean(left(focus, env, loop)), boolean(right(focus, env, loop))];
        return truth(a === undefined || b === undefined ? undefined : a !== b);
      };
    case 'implies':
      return (focus, env, loop) => {
        const a = boolean(left(focus, env, loop));
        if (a === false) return TRUE;
        const b = boolean(right(focus, env, loop));
        return b === true ? TRUE : truth(a === undefined ? undefined : b);
      };
    default: {
      const combine = OPERATORS[operator];
      if (combine === undefined) throw new FhirPathError(`The operator ${operator} is not known`);
      return (focus, env, loop) => combine(left(focus, env, loop), right(focus, env, loop), env);
    }
  }
}

type Combine = (left: Nodes, right: Nodes, env: Environment) => Nodes;

/** Remembers that a comparison could not be decided. */
function decided(value: boolean | undefined, env: Environment): Nodes {
  if (value === undefined) env.effort.undecided = true;
  return truth(value);
}

function compared(test: (order: number) => boolean): Combine {
  return ([left], [right], env) => {
    if (left === undefined || right === undefined) return NOTHING;
    const difference = order(left, right);
    return decided(difference === undefined ? undefined : test(difference), env);
  };
}

function arithmetic(compute: (a: number, b: number) => number | undefined): Combine {
  return ([left], [right]) => {
    if (typeof left?.value !== 'number' || typeof right?.value !== 'number') return NOTHING;
    const value = compute(left.value, right.value);
    if (value === undefined) return NOTHING;
    return [{ value, type: Number.isInteger(value) ? 'System.Integer' : 'System.Decimal' }];
  };
}

function isIn(one: Nodes, many: Nodes, env: Environment): Nodes {
  const [node] = one;
  if (node === undefined) return NOTHING;
  spend(env, many.length);
  return truth(many.some((other) => equalNodes(node, other) === true));
}

const textOf = (nodes: Nodes): string => (nodes[0]?.value === undefined ? '' : String(nodes[0].value));

const OPERATORS: Readonly<Record<string, Combine>> = {
  '=': (left, right, env) => (left.length === 0 || right.length === 0 ? NOTHING : decided(equals(left, right), env)),
  '!=': (left, right, env) => {
    if (left.length === 0 || right.length === 0) return NOTHING;
    const same = equals(left, right);
    return decided(same === undefined ? undefined : !same, env);
  },
  '~': (left, right) => truth(equivalent(left, right)),
  '!~': (left, right) => truth(!equivalent(left, right)),
  '<': compared((difference) => difference < 0),
  '>': compared((difference) => difference > 0),
  '<=': compared((difference) => difference <= 0),
  '>=': compared((difference) => difference >= 0),
  in: isIn,
  contains: (many, one, env) => isIn(one, many, env),
  '|': (left, right, env) => distinct([...left, ...right], env),
  '+': (left, right, env) =>
    typeof left[0]?.value === 'string' && typeof right[0]?.value === 'string'
      ? [{ value: textOf(left) + textOf(right), type: 'System.String' }]
      : arithmetic((a, b) => a + b)(left, right, env),
  '&': (left, right) => [{ value: textOf(left) + textOf(right), type: 'System.String' }],
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  '/': arithmetic((a, b) => (b === 0 ? undefined : a / b)),
  div: arithmetic((a, b) => (b === 0 ? undefined : Math.trunc(a / b))),
  mod: arithmetic((a, b) => (b === 0 ? undefined : a % b)),
};

/** Without what equals something before it. Primitives are told apart by a table, so that long lists stay quick. */
export function distinct(nodes: Nodes, env: Environment): Nodes {
  if (nodes.length < 2) return nodes;
  spend(env, nodes.length);
  const seen = new Set<unknown>();
  const objects: Node[] = [];
  return nodes.filter((node) => {
    if (typeof node.value !== 'object' || node.value === null) {
      if (seen.has(node.value)) return false;
      seen.add(node.value);
      return true;
    }
    spend(env, objects.length);
    if (objects.some((other) => equalNodes(node, other) === true)) return false;
    objects.push(node);
    return true;
  });
}
