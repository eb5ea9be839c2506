import { endEmergency } from '@anamnesis/ledger';
import { appendAccess } from '../../audit/index.ts';
import { type Authority, consentEntry } from '../../consent/index.ts';
import { intend } from '../../directory/index.ts';
import type { ExchangeContext } from '../context.ts';
import { ExchangeError } from '../errors.ts';
import { refused } from './declare.ts';
import { findDeclared } from './list.ts';

/**
 * Closes a box before its time: what it opened is shown no more, and it can be reviewed. By who declared it. One that is over stays as it is. On the ledger it
 * takes a block.
 *
 * Errors: ExchangeError `emergency-unknown`, `emergency-pending` while the ledger does not have it, `emergency-refused`.
 */
export async function endDeclared(context: ExchangeContext, authority: Authority, id: string): Promise<void> {
  const { side, actor, state, slot, patient, id: ref } = await findDeclared(context, authority, id);
  if ((side !== 'asking' && side !== 'own') || actor !== authority.actor)
    throw refused('only who declared an emergency ends it');
  if (state === 'pending') throw new ExchangeError('emergency-pending', 'the ledger does not have it yet');
  if (state !== 'open') return;
  const at = context.clock();
  const entry = { at, action: 'emergency', basis: 'emergency', purpose: 'ETREAT' } as const;
  await context.database.transaction(async (tx) => {
    if (side === 'own')
      await tx.query('update emergency set until = $2 where id = $1 and until > $2', [ref, Math.floor(at / 1000)]);
    else await intend(tx, `emergency-end/${ref}`, endEmergency(context.reader.deployment, { slot: slot as number }));
    const patients = patient === null ? [] : [patient];
    await appendAccess(context, tx, [
      consentEntry(authority, { ...entry, patients, query: `emergency id=${ref} end` }),
    ]);
    tx.onCommit(context.wakeSender);
  });
}
