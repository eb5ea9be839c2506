import { resourceTypes } from './definitions.ts';
import { isId } from './resource.ts';
import { parametersOf, type TypedParameter } from './search/parameters.ts';

/** A search parameter that this server answers. */
export type ServedParameter = Pick<TypedParameter, 'code' | 'kind' | 'targets'>;

/** The search parameters that this server answers for a type, in order of their codes: of the official ones those that something is indexed for. */
export function servedParameters(type: string): readonly ServedParameter[] {
  return [...parametersOf(type).values()]
    .filter(({ ids }) => ids.length > 0)
    .map(({ code, kind, targets, only }) => ({ code, kind, targets: only === null ? targets : [only] }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

/** Is among the definitions because the subscriptions backport carries it, but no type of R4. */
const NOT_R4 = new Set(['SubscriptionStatus']);
let types: ReadonlySet<string> | undefined;

/** The types of which records are kept: all of R4. */
export function servedTypes(): ReadonlySet<string> {
  types ??= new Set(resourceTypes().filter((type) => !NOT_R4.has(type)));
  return types;
}

/** True for the types of which records are kept. */
export function isServedType(type: string): boolean {
  return servedTypes().has(type);
}

/** True for what can be the id of a record. */
export function isServedId(id: string): boolean {
  return isId(id);
}
