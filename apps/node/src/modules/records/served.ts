import { resourceTypes } from './definitions.ts';
import { isId } from './resource.ts';

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

/** Of R4, but no records: who made them is the only one to see them (see modules/subscriptions). */
const ELSEWHERE = new Set(['Subscription']);

/** True for the types whose resources are not records, and have routes of their own. */
export function isServedElsewhere(type: string): boolean {
  return ELSEWHERE.has(type);
}

/** True for what can be the id of a record. */
export function isServedId(id: string): boolean {
  return isId(id);
}
