import { boolean, compile, type Environment, type Evaluate, NOTHING, type Nodes } from './compile.ts';
import type { Node } from './nodes.ts';
import { parseFhirPath } from './parse.ts';

export { type Effort, EffortSpent, type Environment } from './compile.ts';
export {
  type Child,
  childrenNamed,
  childrenOf,
  isObject,
  isOfType,
  type Node,
  numberTextOf,
  resourceNode,
} from './nodes.ts';
export { sameJson } from './operators.ts';
export { FhirPathError } from './parse.ts';

/** A compiled expression. */
export interface FhirPath {
  /** What it finds, from a focus. Errors: `EffortSpent`. */
  evaluate(focus: Node, env: Environment): Nodes;
  /**
   * As an invariant: broken (false) only when the answer is false. Undefined when there is no answer (R4's own invariants expect that of an
   * element that is not there: `reference.startsWith('#').not()`), or when it rests on what is not known. Errors: `EffortSpent`.
   */
  holds(focus: Node, env: Environment): boolean | undefined;
}

const compiled = new Map<string, FhirPath>();
const TOP = { self: undefined, index: 0, total: NOTHING };

/**
 * FHIRPath (http://hl7.org/fhirpath/N1/) over JSON with the types of R4: what R4's invariants and those of profiles use. Compiled once for each
 * text. Errors: `FhirPathError` when it is not FHIRPath or calls a function that is not there.
 */
export function fhirPath(text: string): FhirPath {
  const known = compiled.get(text);
  if (known) return known;
  const run: Evaluate = compile(parseFhirPath(text));
  const made: FhirPath = {
    evaluate: (focus, env) => run([focus], env, TOP),
    holds(focus, env) {
      env.effort.undecided = false;
      const result = boolean(run([focus], env, TOP));
      return result === false && env.effort.undecided ? undefined : result;
    },
  };
  compiled.set(text, made);
  return made;
}
