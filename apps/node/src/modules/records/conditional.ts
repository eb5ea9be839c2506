import { randomUUID } from 'node:crypto';
import { badRequest, conflict, preconditionFailed } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import type { Scope } from '../consent/scope.ts';
import type { RecordsContext } from './context.ts';
import { selectHeads } from './rows.ts';
import { scopeFor } from './scope-for.ts';
import { runSearch, type SearchRow } from './search/index.ts';

/** How many records a conditional delete takes at most, where several are allowed. */
const MAX_DELETED = 1_000;

/** Parameters that shape an answer and choose nothing. */
const SHAPING = /^_(?:count|cursor|elements|format|include|pretty|revinclude|sort|summary|total)(?::|$)/;

/**
 * The one record that a condition names (https://hl7.org/fhir/R4/http.html#cond-update), such as `identifier=system|value`; null when none
 * does. Errors: 400 for a condition that is empty or not understood, 412 when several records match.
 */
export async function findMatch(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  query: string,
): Promise<SearchRow | null> {
  const [match = null, ...others] = await findMatches(context, tx, scope, type, query, 1);
  if (others.length > 0) throw preconditionFailed('Several records match the condition');
  return match;
}

/**
 * The records that a conditional delete is about: one at most, or (`context.conditionalDelete`) all that match.
 * Errors: 400 for a condition that is empty or not understood, 412 when more match than may be deleted at once.
 */
export async function findDeletable(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  query: string,
): Promise<SearchRow[]> {
  const most = context.conditionalDelete === 'multiple' ? MAX_DELETED : 1;
  const matches = await findMatches(context, tx, scope, type, query, most);
  if (matches.length > most) throw preconditionFailed('More records match the condition than may be deleted at once');
  return matches;
}

/**
 * The id under which a conditional update writes: that of the record that matches; where none does, the one that the resource brings, or a new
 * one. Errors: 400 when the resource's id is not that of the match, 409 when none matches and the resource's id is another record's, 412.
 */
export async function idForUpdate(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  target: { readonly type: string; readonly query: string; readonly given: string | undefined },
): Promise<string> {
  const { type, query, given } = target;
  const match = await findMatch(context, tx, scope, type, query);
  if (match !== null) {
    if (given === undefined || given === match.id) return match.id;
    throw badRequest('The id is not that of the record that matches', { expression: ['resource.id'] });
  }
  if (given === undefined) return randomUUID();
  const [head] = await selectHeads(tx, [{ type, id: given }]);
  // R5 says what R4 leaves open: a record that does not meet the condition must not be overwritten.
  if (head !== undefined && !head.deleted) throw conflict('A record of this id exists and does not meet the condition');
  return given;
}

/** The records that meet a condition, and one more than `most` when there are more. */
async function findMatches(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  query: string,
  most: number,
): Promise<SearchRow[]> {
  const criteria = query
    .replace(/^\?/, '')
    .split('&')
    .filter((part) => part !== '' && !SHAPING.test(decoded(part)));
  if (criteria.length === 0) throw badRequest('A condition needs a search parameter');
  // A page has a limit of its own, so that more than a page is asked for page by page.
  const searched = scopeFor(scope, 's', type);
  const found: SearchRow[] = [];
  let next: string | undefined = `${criteria.join('&')}&_count=${Math.min(most + 1, 500)}`;
  while (next !== undefined && found.length <= most) {
    const page = await runSearch(tx, { type, query: next, scope: searched, base: context.base, strict: true });
    found.push(...page.rows.filter((row) => row.mode === 'match'));
    next = page.next;
  }
  return found;
}

function decoded(part: string): string {
  return new URLSearchParams(part).keys().next().value ?? '';
}
