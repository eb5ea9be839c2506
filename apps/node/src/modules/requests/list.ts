import { forbidden, type RequestedAccess } from '@anamnesis/protocol';
import type { Authority } from '../consent/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { RequestsError } from './errors.ts';
import { findRequests, shownRequest } from './rows.ts';

/** Requests that somebody may see: a patient those to her, staff those of this organisation. At most 500, newest first. */
export async function listRequests(
  context: ExchangeContext,
  authority: Authority,
  filter: { readonly patient?: string | undefined; readonly state?: string | undefined } = {},
): Promise<RequestedAccess[]> {
  const { condition, values } = visibleTo(authority);
  const ofPatient = filter.patient === undefined ? '' : ` and patient = $${values.length + 1}`;
  const all = filter.patient === undefined ? values : [...values, filter.patient];
  const rows = await findRequests(context, context.database, condition + ofPatient, all);
  const shown = rows.map((row) => shownRequest(context, row));
  return filter.state === undefined ? shown : shown.filter(({ state }) => state === filter.state);
}

/** One of them. Throws RequestsError `request-unknown`. */
export async function readRequest(
  context: ExchangeContext,
  authority: Authority,
  id: string,
): Promise<RequestedAccess> {
  const { condition, values } = visibleTo(authority);
  const idAt = `$${values.length + 1}`;
  const [row] = await findRequests(context, context.database, `${condition} and id = ${idAt}`, [...values, id]);
  if (row === undefined) throw new RequestsError('request-unknown', 'There is no such request');
  return shownRequest(context, row);
}

function visibleTo({ basis, scope, actions }: Authority): { condition: string; values: unknown[] } {
  if (basis.kind === 'subject' && scope.kind === 'limited') {
    return { condition: `side = 'asked' and patient = any($1::text[])`, values: [scope.patients] };
  }
  if (basis.kind === 'staff' && actions.has('read')) return { condition: `side = 'asking'`, values: [] };
  throw forbidden();
}
