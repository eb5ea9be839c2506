import { badRequest, type OutcomeError } from '@anamnesis/protocol';
import type { Transaction } from '../../../storage/index.ts';
import type { Scope } from '../../consent/scope.ts';
import type { BundleEntry } from '../bundle-types.ts';
import type { RecordsContext } from '../context.ts';
import { isNotModified } from '../freshness.ts';
import { historyOptionsOf, readHistory } from '../history.ts';
import { type Found, readCurrent, readVersion } from '../read-one.ts';
import { isTypeName } from '../resource.ts';
import type { FhirResource } from '../search/index.ts';
import { readSearch } from '../searchset.ts';
import { subsetOf } from '../subset.ts';
import type { Entry } from './entries.ts';

/** What a GET entry asks for, and how it is called in the access log. */
export interface GetRequest {
  readonly access: { readonly action: 'read' | 'search'; readonly query?: string };
  /** What an app's scopes must allow. */
  readonly needs: { readonly action: 'r' | 's'; readonly type: string | null };
  readonly run: (context: RecordsContext, tx: Transaction, scope: Scope) => Promise<Found<FhirResource>>;
}

/** Reads the URL of a GET entry: read, vread, history or search, of a compartment too. Errors: 400 for any other. */
export function getRequest({ path, query }: Entry): GetRequest {
  const [type, id, history, version] = path;
  const text = query ?? '';
  const unknown = (): OutcomeError =>
    badRequest('The URL is not one that is read in a Bundle', { expression: ['request.url'] });
  const access = { action: 'read' } as const;
  if (type === '_history' && id === undefined) {
    const needs = { action: 's', type: null } as const;
    return { access, needs, run: (context, tx, scope) => readHistory(context, tx, scope, {}, historyOptionsOf(text)) };
  }
  if (type === undefined && text !== '') {
    return {
      access: { action: 'search', query: `?${text}` },
      needs: { action: 's', type: null },
      run: (context, tx, scope) => readSearch(context, tx, scope, null, text),
    };
  }
  if (!isTypeName(type) || path.length > 4) throw unknown();
  if (id === undefined) {
    return {
      access: { action: 'search', query: `${type}?${text}` },
      needs: { action: 's', type },
      run: (context, tx, scope) => readSearch(context, tx, scope, type, text),
    };
  }
  const needs = { action: 'r', type } as const;
  if (history === undefined && id !== '_history') {
    return { access, needs, run: (context, tx, scope) => readCurrent(context, tx, scope, type, id) };
  }
  if (id === '_history' && history === undefined) {
    const whole = { action: 's', type } as const;
    return {
      access,
      needs: whole,
      run: (context, tx, scope) => readHistory(context, tx, scope, { type }, historyOptionsOf(text)),
    };
  }
  if (type === 'Patient' && version === undefined && isTypeName(history)) {
    const options = { compartment: { type, id } } as const;
    return {
      access: { action: 'search', query: `Patient/${id}/${history}?${text}` },
      needs: { action: 's', type: history },
      run: (context, tx, scope) => readSearch(context, tx, scope, history, text, options),
    };
  }
  if (history !== '_history') throw unknown();
  if (version === undefined) {
    return {
      access,
      needs,
      run: (context, tx, scope) => readHistory(context, tx, scope, { type, id }, historyOptionsOf(text)),
    };
  }
  return { access, needs, run: (context, tx, scope) => readVersion(context, tx, scope, type, id, version) };
}

/** The answer to a read: 304 when the caller has this version already, no body for HEAD, parts where the URL asks for parts. */
export function readAnswer(entry: Entry, resource: FhirResource): BundleEntry {
  const { versionId, lastUpdated } = (resource.meta ?? {}) as { versionId?: string; lastUpdated?: string };
  const fresh = isNotModified(entry, versionId, lastUpdated);
  // A Bundle has been cut already, resource by resource.
  const subset = resource.resourceType === 'Bundle' ? null : subsetOf(entry.query ?? '');
  return {
    ...(!fresh && entry.method === 'GET' && { resource: subset === null ? resource : subset(resource) }),
    response: {
      status: fresh ? '304' : '200',
      ...(versionId !== undefined && { etag: `W/"${versionId}"` }),
      ...(lastUpdated !== undefined && { lastModified: lastUpdated }),
    },
  };
}
