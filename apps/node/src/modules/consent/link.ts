import type { Session } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { appendAccess } from '../audit/index.ts';
import { lower } from '../directory/subjects.ts';
import type { ConsentContext, Requester } from './context.ts';
import { consentEntry } from './entries.ts';
import { ConsentError } from './errors.ts';
import { useSession, verifySession } from './sessions.ts';
import { patientOf } from './subjects.ts';

/**
 * Links a subject to its Patient: done by staff who know the person, with a Session that the subject signed as proof that she holds
 * the key. Linking the same pair again changes nothing.
 *
 * Throws `subject-unknown` when there is no such Patient, `subject-linked-elsewhere`, or what {@link verifySession} and {@link useSession} throw.
 */
export async function linkSubject(
  context: ConsentContext,
  requester: Requester,
  link: { readonly patient: string; readonly session: Session; readonly signature: Hex },
): Promise<void> {
  const subject = lower(link.session.subject);
  await verifySession(context, link.session, link.signature);
  await context.database.transaction(async (tx) => {
    await useSession(context, tx, link.session);
    const patients = await tx.query(`select 1 from resource where type = 'Patient' and id = $1 and not deleted`, [
      link.patient,
    ]);
    if (patients.length === 0) throw new ConsentError('subject-unknown', 'there is no such Patient here');
    const now = context.clock();
    const made = await tx.query(
      `insert into subject (address, patient, linked_at, linked_by) values ($1, $2, $3, $4)
       on conflict (address) do nothing returning address`,
      [subject, link.patient, now, requester.actor],
    );
    if (made.length === 0) {
      if ((await patientOf(tx, subject)) === link.patient) return;
      throw new ConsentError('subject-linked-elsewhere', 'the subject stands for another Patient already');
    }
    const entry = { at: now, action: 'grant', basis: 'staff', purpose: 'HOPERAT', patients: [link.patient] } as const;
    await appendAccess(context, tx, [consentEntry(requester, { ...entry, entities: [`Patient/${link.patient}`] })]);
  });
}
