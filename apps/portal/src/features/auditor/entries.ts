import { type AccessLogEntry, type Client, getAccessLog, ledgerWitness, verifyRelease } from '@anamnesis/sdk';
import { type Look, lookOf } from '../../chart/looks.ts';
import { isPart, parts, textOf } from '../../chart/text.ts';
import { openLedger } from './judge.ts';

/** An access as an auditor reads it, and where it stands in the log. */
export interface Access extends Look {
  readonly index: number;
  readonly entry: AccessLogEntry;
  /** FHIR ids of the patients whom it is about. */
  readonly patients: readonly string[];
}

/** A page of the log, newest first. */
export interface Accesses {
  readonly accesses: readonly Access[];
  readonly next: number | null;
}

/** How an entry stands: verified under a checkpoint, right and not sealed yet, or not as it was written. */
export type Standing = 'sealed' | 'open' | 'broken';

/** Fifty accesses of everybody or of one patient; looking is itself an access. Throws RequestError. */
export async function fetchAccesses(client: Client, patient: string, before: number | null): Promise<Accesses> {
  const { entries, next } = await getAccessLog(client, {
    count: 50,
    ...(before !== null && { before }),
    ...(patient !== '' && { patient }),
  });
  return { accesses: entries.map(accessOf), next };
}

function accessOf(entry: AccessLogEntry): Access {
  const { event, proof } = entry;
  const references = parts(event.entity).flatMap(({ what }) => (isPart(what) ? [textOf(what.reference) ?? ''] : []));
  const patients = references.flatMap((one) => (/^Patient\/[^/]+$/.test(one) ? [one.slice('Patient/'.length)] : []));
  return { ...lookOf(event), index: proof.index, entry, patients: [...new Set(patients)] };
}

/** Verifies entries against the ledger, in order. Throws what the ledger throws. */
export async function standingsOf(accesses: readonly Access[], organization: number): Promise<readonly Standing[]> {
  const ledger = await openLedger();
  const { chainId, contracts } = ledger;
  const expected = { kind: 'access', chainId, checkpoints: contracts.checkpoints, organization } as const;
  const proven = accesses.map(({ entry }) => ({ content: entry.event, proof: entry.proof }));
  const standings: Standing[] = [];
  for await (const { failure, sealed } of verifyRelease(proven, { expected, witness: ledgerWitness(ledger) })) {
    standings.push(failure ? 'broken' : sealed ? 'sealed' : 'open');
  }
  return standings;
}
