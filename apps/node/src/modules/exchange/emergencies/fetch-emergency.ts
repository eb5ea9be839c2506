import { CATEGORIES, maskOfAll, parseStoredJson } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { type Authority, type EmergencySet, emergencyScope } from '../../consent/index.ts';
import type { ExchangeContext } from '../context.ts';
import { ExchangeError } from '../errors.ts';
import { type FetchResult, findCustodian, receive } from '../fetch.ts';
import { openLine } from '../peer.ts';
import { refused } from './declare.ts';
import { emergencyDenial, encodeEmergency } from './open.ts';
import type { OpenedStatement } from './statement.ts';

/**
 * Reads from the custodian in an emergency that the same person declared: the first set, or the rest, for which it takes a reason of its own. What comes is verified
 * and kept as under a consent, and shown to her alone while the box is open.
 *
 * Errors: ExchangeError `emergency-unknown`, `emergency-pending` while the ledger does not have the declaration, `received-refused` with the denial in `detail`,
 * and those of `fetchFromPeer`.
 */
export async function fetchInEmergency(
  context: ExchangeContext,
  authority: Authority,
  id: string,
  { set, more }: { readonly set: EmergencySet; readonly more: string | null },
): Promise<FetchResult> {
  const [row] = await context.database.query<{ key_id: string; content: Uint8Array; custodian: number; actor: string }>(
    `select key_id, content, custodian, actor from emergency where id = $1 and side = 'asking'`,
    [id.toLowerCase()],
  );
  if (row === undefined) throw new ExchangeError('emergency-unknown', 'there is no such emergency');
  if (row.actor !== authority.actor) throw refused('only who declared an emergency reads in it');
  const consentId = id.toLowerCase() as Hex;
  const { organization } = context.ledger;
  let { denial } = await emergencyDenial(context, context.database, organization, consentId);
  if (denial === 'emergency-unknown') {
    await context.directory.sync().catch(() => undefined);
    ({ denial } = await emergencyDenial(context, context.database, organization, consentId));
  }
  if (denial === 'emergency-unknown') throw new ExchangeError('emergency-pending', 'the ledger does not have it yet');
  if (denial !== null)
    throw new ExchangeError('received-refused', `the emergency does not allow this: ${denial}`, { detail: denial });
  const text = await context.keys.open(context.database, row.key_id, row.content, `Emergency/${consentId}`);
  const { statement, text: why, practitioner, patient } = parseStoredJson(text) as OpenedStatement;
  const opened = { statement, text: why, practitioner, patient };
  const line = await openLine(context, await findCustodian(context, row.custodian), {
    grant: { emergency: encodeEmergency({ opened, set, more }) },
    ...{ purpose: 'ETREAT', practitioner, display: authority.display },
  });
  const result = await receive(context, authority, line, {
    ...{ consentId, custodian: row.custodian, grant: null, subject: statement.subject, declaredBy: authority.actor },
    ...{ categories: maskOfAll(CATEGORIES), scope: emergencyScope(line.patient, 'rest') },
    query: `exchange/emergency custodian=${row.custodian} id=${consentId} set=${set}`,
  });
  if (set === 'rest')
    await context.database.query('update emergency set rest_at = coalesce(rest_at, $2) where id = $1', [
      consentId,
      Math.floor(context.clock() / 1000),
    ]);
  return result;
}
