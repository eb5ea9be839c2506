import {
  boolean,
  distinct,
  type Environment,
  type Evaluate,
  type Loop,
  NOTHING,
  type Nodes,
  spend,
  truth,
} from './compile.ts';
import { htmlFault } from './html.ts';
import { childrenNamed, childrenOf, isObject, type Node, numberTextOf } from './nodes.ts';
import { equalNodes } from './operators.ts';
import { FhirPathError } from './parse.ts';

/** Runs on what stands before the point. `focus` is that of the whole expression: for arguments that are no loops. */
type Run = (nodes: Nodes, env: Environment, loop: Loop, focus: Nodes) => Nodes;
type Make = (args: readonly Evaluate[]) => Run;

const integer = (value: number): Nodes => [{ value, type: 'System.Integer' }];
const string = (value: string): Nodes => [{ value, type: 'System.String' }];

/** Evaluates a criterion for each node, with $this and $index. */
function each(args: readonly Evaluate[], nodes: Nodes, env: Environment): boolean[] {
  const [criterion] = args;
  if (criterion === undefined) throw new FhirPathError('A criterion was expected');
  return nodes.map((self, index) => boolean(criterion([self], env, { self, index, total: NOTHING })) === true);
}

/** The single argument, evaluated where the call stands. */
function argument(args: readonly Evaluate[], at: number, env: Environment, loop: Loop, focus: Nodes): Nodes {
  return args[at]?.(focus, env, loop) ?? NOTHING;
}

function simple(run: (nodes: Nodes, env: Environment) => Nodes): Make {
  return () => run;
}

/** A function of one text: nothing of nothing. */
function ofText(run: (text: string, args: readonly Nodes[]) => Nodes): Make {
  return (args) => (nodes, env, loop, focus) => {
    const [node] = nodes;
    if (node === undefined || typeof node.value === 'object' || node.value === undefined) return NOTHING;
    return run(
      String(node.value),
      args.map((_, at) => argument(args, at, env, loop, focus)),
    );
  };
}

function ofTextAndText(run: (text: string, other: string) => Nodes): Make {
  return ofText((text, [other]) => (typeof other?.[0]?.value === 'string' ? run(text, other[0].value) : NOTHING));
}

const patterns = new Map<string, RegExp>();

function regex(text: string): RegExp {
  const known = patterns.get(text);
  if (known) return known;
  try {
    const made = new RegExp(text, 'su');
    patterns.set(text, made);
    return made;
  } catch {
    try {
      // Expressions of R4 escape more than the strict mode of JavaScript takes.
      const made = new RegExp(text, 's');
      patterns.set(text, made);
      return made;
    } catch {
      throw new FhirPathError('Not a regular expression');
    }
  }
}

/** Longer texts are not searched by a regular expression of a definition: it might take very long. */
const MAX_SEARCHED = 100_000;

function descendants(nodes: Nodes, env: Environment): Nodes {
  const [only] = nodes;
  if (nodes.length !== 1 || !isObject(only?.value)) return walkDown(nodes, env);
  env.effort.below ??= new WeakMap();
  const known = env.effort.below.get(only.value);
  if (known) return known;
  const found = walkDown(nodes, env);
  env.effort.below.set(only.value, found);
  return found;
}

function walkDown(nodes: Nodes, env: Environment): Nodes {
  const all: Node[] = [];
  let level: Nodes = nodes;
  while (level.length > 0) {
    spend(env, level.length);
    level = level.flatMap(childrenOf);
    all.push(...level);
  }
  return all;
}

function toNumber(node: Node, whole: boolean): Nodes {
  const { value } = node;
  if (typeof value === 'boolean') return integer(value ? 1 : 0);
  const form = whole ? /^[+-]?\d+$/ : /^[+-]?\d+(\.\d+)?$/;
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && form.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(number) || (whole && !Number.isInteger(number))) return NOTHING;
  return [{ value: number, type: whole ? 'System.Integer' : 'System.Decimal' }];
}

function quantified(test: (values: readonly unknown[]) => boolean): Make {
  return simple((nodes) => truth(test(nodes.map((node) => node.value))));
}

/** The functions of FHIRPath that invariants use, and FHIR's own (http://hl7.org/fhirpath/N1/#functions, https://hl7.org/fhir/R4/fhirpath.html#functions). */
export const FUNCTIONS: Readonly<Record<string, Make>> = {
  // Existence.
  empty: simple((nodes) => truth(nodes.length === 0)),
  exists: (args) => (nodes, env) =>
    truth(args.length === 0 ? nodes.length > 0 : each(args, nodes, env).some((one) => one)),
  all: (args) => (nodes, env) => truth(each(args, nodes, env).every((one) => one)),
  allTrue: quantified((values) => values.every((one) => one === true)),
  anyTrue: quantified((values) => values.some((one) => one === true)),
  allFalse: quantified((values) => values.every((one) => one === false)),
  anyFalse: quantified((values) => values.some((one) => one === false)),
  count: simple((nodes) => integer(nodes.length)),
  distinct: simple(distinct),
  isDistinct: simple((nodes, env) => truth(distinct(nodes, env).length === nodes.length)),
  hasValue: simple((nodes) => {
    const value = nodes[0]?.value;
    return truth(nodes.length === 1 && value !== undefined && !isObject(value));
  }),
  getValue: simple((nodes) => (nodes.length === 1 && nodes[0]?.value !== undefined ? nodes : NOTHING)),
  not: simple((nodes) => {
    const value = boolean(nodes);
    return truth(value === undefined ? undefined : !value);
  }),

  // Filtering, projection, subsets.
  where: (args) => (nodes, env) => {
    const kept = each(args, nodes, env);
    return nodes.filter((_, at) => kept[at]);
  },
  select: (args) => (nodes, env) =>
    nodes.flatMap((self, index) => args[0]?.([self], env, { self, index, total: NOTHING }) ?? NOTHING),
  repeat: (args) => (nodes, env) => {
    const all: Node[] = [];
    const seen = new Set<unknown>();
    let level = nodes;
    while (level.length > 0) {
      spend(env, level.length);
      level = level
        .flatMap((self, index) => args[0]?.([self], env, { self, index, total: NOTHING }) ?? NOTHING)
        .filter(({ value }) => !seen.has(value) && seen.add(value));
      all.push(...level);
    }
    return all;
  },
  first: simple((nodes) => nodes.slice(0, 1)),
  last: simple((nodes) => nodes.slice(-1)),
  tail: simple((nodes) => nodes.slice(1)),
  single: simple((nodes) => (nodes.length === 1 ? nodes : NOTHING)),
  skip: (args) => (nodes, env, loop, focus) => nodes.slice(Number(argument(args, 0, env, loop, focus)[0]?.value ?? 0)),
  take: (args) => (nodes, env, loop, focus) =>
    nodes.slice(0, Number(argument(args, 0, env, loop, focus)[0]?.value ?? 0)),
  combine: (args) => (nodes, env, loop, focus) => [...nodes, ...argument(args, 0, env, loop, focus)],
  union: (args) => (nodes, env, loop, focus) => distinct([...nodes, ...argument(args, 0, env, loop, focus)], env),
  intersect: (args) => (nodes, env, loop, focus) => {
    const other = argument(args, 0, env, loop, focus);
    return distinct(nodes, env).filter((node) => other.some((one) => equalNodes(node, one) === true));
  },
  exclude: (args) => (nodes, env, loop, focus) => {
    const other = argument(args, 0, env, loop, focus);
    return nodes.filter((node) => !other.some((one) => equalNodes(node, one) === true));
  },
  subsetOf: (args) => (nodes, env, loop, focus) => {
    const other = argument(args, 0, env, loop, focus);
    return truth(nodes.every((node) => other.some((one) => equalNodes(node, one) === true)));
  },
  supersetOf: (args) => (nodes, env, loop, focus) => {
    const other = argument(args, 0, env, loop, focus);
    return truth(other.every((node) => nodes.some((one) => equalNodes(node, one) === true)));
  },
  iif: (args) => (nodes, env, loop) => {
    const branch = boolean(args[0]?.(nodes, env, loop) ?? NOTHING) === true ? args[1] : args[2];
    return branch?.(nodes, env, loop) ?? NOTHING;
  },
  trace: () => (nodes) => nodes,

  // Navigation.
  children: simple((nodes) => nodes.flatMap(childrenOf)),
  descendants: simple(descendants),
  extension: (args) => (nodes, env, loop, focus) => {
    const url = argument(args, 0, env, loop, focus)[0]?.value;
    return nodes
      .flatMap((node) => childrenNamed(node, 'extension'))
      .filter(({ value }) => isObject(value) && value.url === url);
  },
  resolve: simple((nodes, env) =>
    nodes.flatMap((node) => {
      const reference = isObject(node.value) ? node.value.reference : node.value;
      const found = typeof reference === 'string' ? env.resolve?.(reference) : undefined;
      if (found === undefined) env.effort.undecided = true;
      return found ?? [];
    }),
  ),
  memberOf: (args) => (nodes, env, loop, focus) => {
    const [node] = nodes;
    const valueSet = argument(args, 0, env, loop, focus)[0]?.value;
    if (node === undefined || typeof valueSet !== 'string') return NOTHING;
    const result = env.memberOf?.(node, valueSet);
    if (result === undefined) env.effort.undecided = true;
    return truth(result);
  },
  htmlChecks: simple(([node]) => truth(typeof node?.value !== 'string' || htmlFault(node.value) === null)),

  // Text.
  matches: ofTextAndText((text, pattern) => truth(text.length > MAX_SEARCHED || regex(pattern).test(text))),
  replaceMatches: ofText((text, [pattern, by]) =>
    text.length > MAX_SEARCHED
      ? string(text)
      : string(text.replace(new RegExp(regex(String(pattern?.[0]?.value ?? '')), 'g'), String(by?.[0]?.value ?? ''))),
  ),
  replace: ofText((text, [old, by]) =>
    string(text.replaceAll(String(old?.[0]?.value ?? ''), String(by?.[0]?.value ?? ''))),
  ),
  startsWith: ofTextAndText((text, other) => truth(text.startsWith(other))),
  endsWith: ofTextAndText((text, other) => truth(text.endsWith(other))),
  contains: ofTextAndText((text, other) => truth(text.includes(other))),
  indexOf: ofTextAndText((text, other) => integer(text.indexOf(other))),
  length: ofText((text) => integer(text.length)),
  upper: ofText((text) => string(text.toUpperCase())),
  lower: ofText((text) => string(text.toLowerCase())),
  trim: ofText((text) => string(text.trim())),
  split: ofTextAndText((text, by) => text.split(by).flatMap(string)),
  substring: ofText((text, [from, length]) => {
    const start = Number(from?.[0]?.value);
    if (!(start >= 0 && start < text.length)) return NOTHING;
    const count = length?.[0]?.value;
    return string(typeof count === 'number' ? text.slice(start, start + count) : text.slice(start));
  }),

  // Conversion.
  toString: simple(([node]) => {
    if (node === undefined || isObject(node.value) || node.value === undefined) return NOTHING;
    return string(typeof node.value === 'number' ? numberTextOf(node) : String(node.value));
  }),
  toInteger: simple(([node]) => (node === undefined ? NOTHING : toNumber(node, true))),
  toDecimal: simple(([node]) => (node === undefined ? NOTHING : toNumber(node, false))),
  convertsToInteger: simple(([node]) => (node === undefined ? NOTHING : truth(toNumber(node, true).length > 0))),
  convertsToDecimal: simple(([node]) => (node === undefined ? NOTHING : truth(toNumber(node, false).length > 0))),
};
