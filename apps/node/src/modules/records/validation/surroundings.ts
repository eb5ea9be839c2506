import type { Library } from '../../library/index.ts';
import { isResourceType } from '../definitions.ts';
import { type Effort, type Environment, isObject, type Node, resourceNode } from '../fhirpath/index.ts';
import { typeOfCanonical } from './profile.ts';
import { isBound } from './slicing.ts';

/** What a resource stands in: for references within a Bundle or to contained resources, and for invariants. */
export interface Surroundings {
  readonly library: Library;
  readonly effort: Effort;
  readonly resource: Node;
  readonly rootResource: Node;
  /** What a reference leads to here; undefined when it leads outside. */
  readonly resolve: (reference: string) => Node | undefined;
  /** The variables of an invariant about an element. */
  environment(context: Node): Environment;
  /** The type that a canonical is about. */
  typeOf(canonical: string): string | undefined;
  /** What is around a resource within this one. */
  inside(resource: Node, relation: 'contained' | 'entry' | 'parameter', fullUrl?: string): Surroundings;
}

type Json = { readonly [key: string]: unknown };
type Resolve = (reference: string) => Node | undefined;

/** What is around a resource that came alone. */
export function surroundingsOf(library: Library, effort: Effort, resource: Node): Surroundings {
  return surround(library, effort, resource, resource, undefined, undefined);
}

function surround(
  library: Library,
  effort: Effort,
  resource: Node,
  rootResource: Node,
  outer: Resolve | undefined,
  fullUrl: string | undefined,
): Surroundings {
  const contained = lazily(() => containedOf(rootResource));
  const entries = lazily(() => entriesOf(resource));
  const base = fullUrl === undefined ? undefined : /^(.*\/)[A-Z][A-Za-z]+\/[^/]+$/.exec(fullUrl)?.[1];
  const resolve: Resolve = (reference) => {
    if (reference === '#') return rootResource;
    if (reference.startsWith('#')) return contained().get(reference.slice(1));
    const bare = reference.replace(/\/_history\/.*$/, '').split('#')[0] ?? '';
    const own = entries().get(bare);
    if (own) return own;
    return outer?.(base !== undefined && !/^[a-z][a-z0-9+.-]*:/i.test(bare) ? base + bare : bare) ?? outer?.(bare);
  };
  const around: Surroundings = {
    library,
    effort,
    resource,
    rootResource,
    resolve,
    environment: (context) => ({
      resource,
      rootResource,
      context,
      resolve,
      effort,
      memberOf: (node, valueSet) => isBound(node, valueSet, around),
    }),
    typeOf: (canonical) => typeOfCanonical(library, canonical),
    inside: (inner, relation, url) =>
      relation === 'contained'
        ? surround(library, effort, inner, rootResource, resolve, undefined)
        : surround(library, effort, inner, inner, resolve, url),
  };
  return around;
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function containedOf({ value }: Node): ReadonlyMap<string, Node> {
  const contained = (value as Json).contained;
  const found = new Map<string, Node>();
  for (const one of Array.isArray(contained) ? contained : []) {
    if (isResource(one) && typeof one.id === 'string') found.set(one.id, resourceNode(one));
  }
  return found;
}

/** The entries of a Bundle by full URL and by type and id. */
function entriesOf({ value }: Node): ReadonlyMap<string, Node> {
  const { entry } = value as Json;
  const found = new Map<string, Node>();
  for (const one of Array.isArray(entry) ? entry : []) {
    if (!isObject(one) || !isResource(one.resource)) continue;
    const node = resourceNode(one.resource);
    if (typeof one.resource.id === 'string') found.set(`${node.type}/${one.resource.id}`, node);
    if (typeof one.fullUrl === 'string') found.set(one.fullUrl, node);
  }
  return found;
}

export function isResource(value: unknown): value is Json & { readonly resourceType: string } {
  return isObject(value) && typeof value.resourceType === 'string' && isResourceType(value.resourceType);
}
