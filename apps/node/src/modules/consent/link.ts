import type { Session } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { appendAccess } from '../audit/index.ts';
import { lower } from '../directory/subjects.ts';
import type { ConsentContext, Requester } from './context.ts';
import { consentEntry } from './entries.ts';
import { ConsentError } from './errors.ts';
import { useSession, verifySession } from './sessions.ts';
import { subjectsOf } from './subjects.ts';

/**
 * Links a subject to its Patient: done by staff who know the person, with a Session that the subject signed as proof that she holds
 * the key. Linking the same pair again changes nothing. A patient has one subject; `another` (of an operator, who reads no record) is for who
 * has lost hers. So nobody at the desk can put a key beside a patient's own and sign with it in her name.
 *
 * Throws `subject-unknown` when there is no such Patient, `subject-linked-elsewhere`, `patient-linked-already` when she has another subject and
 * `another` is not asked for, `patient-not-linked` when it is and she has none, or what {@link verifySession} and {@link useSession} throw.
 */
export async function linkSubject(
  context: ConsentContext,
  requester: Requester,
  link: {
    readonly patient: string;
    readonly session: Session;
    readonly signature: Hex;
    readonly another?: boolean;
  },
): Promise<void> {
  const subject = lower(link.session.subject);
  await verifySession(context, link.session, link.signature);
  await context.database.transaction(async (tx) => {
    await useSession(context, tx, link.session);
    // Locked, so that of two keys that are linked at the same time one is the first.
    const patients = await tx.query(
      `select 1 from resource where type = 'Patient' and id = $1 and not deleted for update`,
      [link.patient],
    );
    if (patients.length === 0) throw new ConsentError('subject-unknown', 'there is no such Patient here');
    const known = await subjectsOf(tx, link.patient);
    if (known.includes(subject)) return;
    if (known.length > 0 && !link.another)
      throw new ConsentError('patient-linked-already', 'the patient has a key here: another is linked by an operator');
    const now = context.clock();
    const made = await tx.query(
      `insert into subject (address, patient, linked_at, linked_by) values ($1, $2, $3, $4)
       on conflict (address) do nothing returning address`,
      [subject, link.patient, now, requester.actor],
    );
    if (made.length === 0)
      throw new ConsentError('subject-linked-elsewhere', 'the subject stands for another Patient already');
    if (known.length === 0 && link.another)
      throw new ConsentError('patient-not-linked', 'the patient has no key here: the first is linked at the desk');
    const entry = { at: now, action: 'grant', basis: 'staff', purpose: 'HOPERAT', patients: [link.patient] } as const;
    await appendAccess(context, tx, [consentEntry(requester, { ...entry, entities: [`Patient/${link.patient}`] })]);
  });
}
