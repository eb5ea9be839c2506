import { checks, maskOf, parseStoredJson, ROLES, recipientOf } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { findEmergency, listOrganizations } from '../directory/index.ts';
import {
  checkOpenedStatement,
  commitmentOfStatement,
  type ExchangeContext,
  ExchangeError,
  justificationOf,
  type KeptEmergency,
  keepEmergency,
  type OpenedStatement,
} from '../exchange/index.ts';
import { sendMessage } from './courier.ts';

/** What those who judge an emergency are shown: what was committed to, the words, and who; never which Patient it is at the custodian. */
export interface EmergencyStatementMessage {
  readonly kind: 'emergency';
  readonly opened: OpenedStatement;
  /** The name of who declared it. */
  readonly name: string | null;
}

const { nullable, object, oneOf, text } = checks('request-malformed');

/** From outside. Throws AnamnesisError `request-malformed`, `emergency-malformed`. */
export const checkStatementMessage = object<EmergencyStatementMessage>({
  kind: oneOf('emergency'),
  opened: checkOpenedStatement,
  name: nullable(text(1, 500)),
});

/** Puts what our own people declared, once the ledger has it, on its way to every regulator and ethics board; once each. */
export async function showStatements(context: ExchangeContext): Promise<void> {
  const { database, keys } = context;
  const rows = await database.query<{ id: Hex; key_id: string; content: Uint8Array }>(
    `select id, key_id, content from emergency e where side = 'asking' and not shown
       and exists (select from ledger_emergency l where l.commitment = e.id)`,
  );
  if (rows.length === 0) return;
  const mask = maskOf(ROLES, ['regulator', 'ethics-board']);
  const judges = (await listOrganizations(database)).filter(
    ({ id, active, roles }) => active && id !== context.ledger.organization && (roles & mask) !== 0,
  );
  for (const { id, key_id, content } of rows) {
    const kept = parseStoredJson(
      await keys.open(database, key_id, content, `Emergency/${id}`),
    ) as KeptEmergency['content'];
    const { statement, text: words, practitioner, display = null } = kept;
    if (statement === undefined || practitioner === undefined) continue;
    const opened = { statement, text: words, practitioner, patient: null };
    await database.transaction(async (tx) => {
      const taken = await tx.query('update emergency set shown = true where id = $1 and not shown returning id', [id]);
      if (taken.length === 0) return;
      for (const judge of judges)
        await sendMessage(context, tx, judge.id, `emergency/${id}/${judge.id}`, {
          kind: 'emergency',
          opened,
          name: display,
        });
    });
  }
}

/**
 * Keeps what an organisation shows of an emergency that it declared: it is what the ledger has of it, to the word and to the person. Twice is the same as once.
 * Throws ExchangeError `invalid-request` when it is not; `received-refused` (`ledger-stale`) while this node does not have the declaration itself.
 */
export async function takeStatement(
  context: ExchangeContext,
  peer: number,
  { opened, name }: EmergencyStatementMessage,
): Promise<void> {
  const { statement, text: words, practitioner } = opened;
  const { organization, custodian } = statement;
  const holds =
    organization === peer &&
    statement.justification === justificationOf(words) &&
    statement.recipient === recipientOf(practitioner);
  if (!holds) throw new ExchangeError('invalid-request', 'the statement does not hold');
  const id = commitmentOfStatement(context, statement);
  let found = await findEmergency(context.database, organization, id);
  if (found === null) {
    // It may be a block ahead of us.
    await context.directory.sync().catch(() => undefined);
    found = await findEmergency(context.database, organization, id);
  }
  if (found === null)
    throw new ExchangeError('received-refused', 'the ledger does not have it here yet', { detail: 'ledger-stale' });
  const { slot, declaredAt, until, reason } = found;
  await context.database.transaction((tx) =>
    keepEmergency(context, tx, {
      ...{ id, side: 'judging', organization, custodian, patient: null, actor: practitioner, slot, pending: false },
      content: { ...opened, patient: null, reason: String(reason), display: name },
      ...{ declaredAt, until },
    }),
  );
}
