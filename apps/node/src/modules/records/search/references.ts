import { isResourceType } from '../definitions.ts';
import { clip } from './fold.ts';

/** Where a reference leads: a resource of this server, or ('' and a URI) anything else. */
export interface Target {
  readonly targetType: string;
  readonly targetId: string;
}

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;

/**
 * Parses `Patient/1`, `Patient/1/_history/2`, `https://…`, `urn:uuid:…`; null for a contained resource (`#p`) and for what is no reference.
 * @param base this server's own, so that absolute references to it are known as its own.
 */
export function parseReference(reference: string, base = ''): Target | null {
  if (reference === '' || reference.startsWith('#')) return null;
  const relative = base !== '' && reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  const [, type, id] = RELATIVE.exec(relative) ?? [];
  if (type !== undefined && id !== undefined && isResourceType(type)) return { targetType: type, targetId: id };
  return { targetType: '', targetId: clip(reference) };
}
