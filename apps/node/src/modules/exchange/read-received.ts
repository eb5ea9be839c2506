import type { Address } from 'viem';
import { appendAccess } from '../audit/index.ts';
import { type Authority, patientOf, refusalOf } from '../consent/index.ts';
import { accessEntries, requireAction, type Touched } from '../records/access.ts';
import type { Bundle } from '../records/index.ts';
import type { ExchangeContext } from './context.ts';
import { emergencyDenial } from './emergencies/open.ts';
import { ExchangeError } from './errors.ts';
import { findReceptions, openReceived, type ReceivedRecord, type Reception } from './received.ts';

/** System of the tag that tells how far a received record can be relied on: `verified`, `unsealed` or `unverified`. */
export const VERIFICATION = 'https://anamnesis.example/code/verification';

const DISPLAY = {
  verified: 'Verified against the ledger',
  unsealed: 'Not yet sealed',
  unverified: 'Not verified',
} as const;

/**
 * What was received from a custodian about a subject, as a collection Bundle: each record unchanged but for a tag that says whether it
 * verified, and the Provenance of each fetch. The consent is asked again: what it no longer allows is not shown, whenever it came. Where the
 * subject is linked to a Patient here too, the look is in her log; otherwise nobody here knows whose records these are, and it is in nobody's.
 *
 * Throws ExchangeError `received-unknown` when nothing came, `received-refused` (with the reason in `detail`) when no consent under
 * which something came holds for this person and purpose now.
 */
export async function readReceived(
  context: ExchangeContext,
  authority: Authority,
  of: { readonly custodian: number; readonly subject: Address },
): Promise<Bundle> {
  requireAction(authority, 'read');
  const outcome = await context.database.transaction(async (tx) => {
    const receptions = await findReceptions(context, tx, of);
    const patient = await patientOf(tx, of.subject);
    const open: Reception[] = [];
    let reason: string | null = null;
    for (const reception of receptions) {
      const { consentId: id, grant } = reception;
      if (grant === null) {
        // In an emergency: for who declared it, while its box is open.
        const { denial } = await emergencyDenial(context, tx, context.ledger.organization, id);
        const refused = reception.declaredBy === authority.actor ? denial : 'wrong-recipient';
        if (refused === null) open.push(reception);
        else reason ??= refused;
        continue;
      }
      const refused = await refusalOf(
        context,
        tx,
        { id, grant },
        {
          grantee: context.ledger.organization,
          practitioner: authority.actor.startsWith('Practitioner/') ? authority.actor : null,
          purpose: authority.purpose,
          action: 'read',
        },
      );
      if (refused === null) open.push(reception);
      else reason ??= refused;
    }
    if (receptions.length === 0)
      return { refused: new ExchangeError('received-unknown', 'nothing was received about this subject') };
    const at = context.clock();
    const query = `received custodian=${of.custodian}`;
    const asked: Touched[] = patient === null ? [] : [{ patient, entity: null }];
    if (open.length === 0) {
      await appendAccess(
        context,
        tx,
        accessEntries(authority, { at, action: 'read', outcome: 'refused', query }, asked),
      );
      return {
        refused: new ExchangeError('received-refused', `the consent does not allow this: ${reason}`, {
          detail: reason ?? '',
        }),
      };
    }
    const entries: { fullUrl: string; resource: Record<string, unknown> & { resourceType: string } }[] = [];
    const touched = asked;
    for (const reception of open) {
      for (const record of await openReceived(context, tx, reception.consentId)) {
        const { resourceType, id } = record.resource;
        const fullUrl = `${reception.base}/${resourceType}/${id}`;
        if (entries.some((entry) => entry.fullUrl === fullUrl)) continue;
        entries.push({ fullUrl, resource: tagged(record) });
        touched.push({ patient, entity: fullUrl });
      }
      const provenance = reception.provenance as { resourceType: string; id: string };
      entries.push({ fullUrl: `urn:uuid:${provenance.id}`, resource: { ...provenance } });
    }
    await appendAccess(context, tx, accessEntries(authority, { at, action: 'read', query }, touched));
    return { bundle: { resourceType: 'Bundle', type: 'collection', entry: entries } as Bundle };
  });
  // Thrown only now: the refusal must stay in the log.
  if ('refused' in outcome) throw outcome.refused;
  return outcome.bundle;
}

function tagged({ resource, verdict, reason }: ReceivedRecord) {
  const meta = (resource.meta ?? {}) as { tag?: unknown };
  const display = reason === null ? DISPLAY[verdict] : `${DISPLAY[verdict]}: ${reason}`;
  const tag = [...(Array.isArray(meta.tag) ? meta.tag : []), { system: VERIFICATION, code: verdict, display }];
  return { ...resource, meta: { ...meta, tag } };
}
