import { badRequest, type OutcomeError } from '@anamnesis/protocol';
import type { Transaction } from '../../../storage/index.ts';
import type { Scope } from '../../consent/scope.ts';
import type { RecordsContext } from '../context.ts';
import { readHistory } from '../history.ts';
import { type Found, readCurrent, readVersion } from '../read-one.ts';
import { isTypeName } from '../resource.ts';
import type { FhirResource } from '../search/index.ts';
import { readSearch } from '../searchset.ts';
import type { Entry } from './entries.ts';

/** What a GET entry asks for, and how it is called in the access log. */
export interface GetRequest {
  readonly access: { readonly action: 'read' | 'search'; readonly query?: string };
  /** What an app's scopes must allow. */
  readonly needs: { readonly action: 'r' | 's'; readonly type: string };
  readonly run: (context: RecordsContext, tx: Transaction, scope: Scope) => Promise<Found<FhirResource>>;
}

/** Reads the URL of a GET entry: read, vread, history or search. Errors: 400 for any other. */
export function getRequest({ path, query }: Entry): GetRequest {
  const [type, id, history, version] = path;
  const unknown = (): OutcomeError =>
    badRequest('The URL is not one that is read in a Bundle', { expression: ['request.url'] });
  if (!isTypeName(type) || path.length > 4) throw unknown();
  if (id === undefined) {
    const text = query ?? '';
    return {
      access: { action: 'search', query: `${type}?${text}` },
      needs: { action: 's', type },
      run: (context, tx, scope) => readSearch(context, tx, scope, type, text),
    };
  }
  const access = { action: 'read' } as const;
  const needs = { action: 'r', type } as const;
  if (history === undefined && id !== '_history') {
    return { access, needs, run: (context, tx, scope) => readCurrent(context, tx, scope, type, id) };
  }
  const params = new URLSearchParams(query ?? '');
  const count = params.get('_count');
  const since = params.get('_since');
  const cursor = params.get('_cursor');
  const options = {
    ...(count !== null && { count: Number(count) || 0 }),
    ...(since !== null && { since }),
    ...(cursor !== null && { cursor }),
  };
  if (id === '_history' && history === undefined) {
    const whole = { action: 's', type } as const;
    return { access, needs: whole, run: (context, tx, scope) => readHistory(context, tx, scope, { type }, options) };
  }
  if (history !== '_history') throw unknown();
  if (version === undefined) {
    return { access, needs, run: (context, tx, scope) => readHistory(context, tx, scope, { type, id }, options) };
  }
  return { access, needs, run: (context, tx, scope) => readVersion(context, tx, scope, type, id, version) };
}
