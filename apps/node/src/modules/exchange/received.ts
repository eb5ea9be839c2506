import { sealEnvelope } from '@anamnesis/crypto/envelope';
import { canonicalize, type Grant, parseStoredJson } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { ContentKey, Queryable, Transaction } from '../../storage/index.ts';
import { lower } from '../directory/index.ts';
import type { FhirResource } from '../records/index.ts';
import type { ExchangeContext } from './context.ts';
import type { Judged } from './verify.ts';

/** One fetch from a custodian: under which consent, and who asked for what. */
export interface Reception {
  readonly consentId: Hex;
  readonly custodian: number;
  /** The custodian's FHIR base, under which the records' references stand. */
  readonly base: string;
  /** Id of the Patient at the custodian. */
  readonly patient: string;
  /** The consent that it came under; null in an emergency. */
  readonly grant: Grant | null;
  /** The patient's subject at the custodian. */
  readonly subject: Address;
  /** Who may look at what came in an emergency: who declared it. */
  readonly declaredBy?: string;
  /** FHIR Provenance of what came. */
  readonly provenance: object;
}

/** A record that was received. `content` is unchanged. */
export interface ReceivedRecord {
  readonly resource: FhirResource;
  readonly verdict: 'verified' | 'unsealed' | 'unverified';
  readonly reason: string | null;
}

/** Whose key encrypts what came about a subject from a custodian: deleting it erases all of that. */
export function receivedOwner(custodian: number, subject: Address): string {
  return `Received/${custodian}/${lower(subject)}`;
}

/** Keeps what a fetch brought, in place of what the same consent brought before. Refused records are not among it. */
export async function storeReception(
  context: ExchangeContext,
  tx: Transaction,
  reception: Reception,
  records: readonly Judged[],
): Promise<void> {
  const { consentId, custodian, grant, patient, subject, declaredBy } = reception;
  const index = grant?.terms.index ?? null;
  const key = receivedOwner(custodian, subject);
  const now = context.clock();
  const { provenance, base } = reception;
  const head = await context.keys.seal(
    tx,
    key,
    JSON.stringify({ grant, base, provenance, declaredBy }),
    `Received/${consentId}`,
  );
  await tx.query('delete from received where consent_id = $1', [consentId]);
  await tx.query(
    `insert into received_grant (consent_id, custodian, subject, index, patient, key_id, content, fetched_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (consent_id) do update
       set patient = excluded.patient, key_id = excluded.key_id, content = excluded.content, fetched_at = excluded.fetched_at`,
    [consentId, custodian, lower(subject), index, patient, head.keyId, head.content, now],
  );
  const kept = records.flatMap(({ resource, reference, proof, verdict }) => {
    if (verdict.kind === 'refused' || reference === null) return [];
    const [type = '', id = '', , version = ''] = reference.split('/');
    const reason = verdict.kind === 'unverified' ? verdict.reason : null;
    const place = `Received/${consentId}/${reference}`;
    return [{ type, id, version, verdict: verdict.kind, reason, place, resource, proof }];
  });
  const contentKey = (await context.keys.forOwners(tx, [key])).get(key) as ContentKey;
  await tx.query(
    `insert into received (consent_id, type, id, version, verdict, reason, key_id, content, proof, fetched_at)
     select $1, type, id, version, verdict, reason, $2, content, proof, $3
     from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[])
       as record (type, id, version, verdict, reason, content, proof)
     on conflict do nothing`,
    [
      ...[consentId, contentKey.id, now],
      ...[kept.map(({ type }) => type), kept.map(({ id }) => id), kept.map(({ version }) => version)],
      ...[kept.map(({ verdict }) => verdict), kept.map(({ reason }) => reason)],
      kept.map(({ resource, place }) => sealEnvelope(contentKey.secret, canonicalize(resource), place)),
      kept.map(({ proof, place }) =>
        proof === null ? null : sealEnvelope(contentKey.secret, JSON.stringify(proof), `${place}#proof`),
      ),
    ],
  );
}

interface HeadRow {
  consent_id: Hex;
  custodian: number;
  patient: string;
  key_id: string;
  content: Uint8Array;
}

/** What was received from a custodian about a subject, one entry for each consent, newest first. */
export async function findReceptions(
  context: ExchangeContext,
  q: Queryable,
  { custodian, subject }: { readonly custodian: number; readonly subject: Address },
): Promise<Reception[]> {
  const rows = await q.query<HeadRow>(
    `select consent_id, custodian, patient, key_id, content from received_grant
     where custodian = $1 and subject = $2 order by fetched_at desc`,
    [custodian, lower(subject)],
  );
  const receptions: Reception[] = [];
  for (const { consent_id: consentId, patient, key_id: keyId, content } of rows) {
    const text = await context.keys.open(q, keyId, content, `Received/${consentId}`);
    const rest = parseStoredJson(text) as Pick<Reception, 'grant' | 'base' | 'provenance' | 'declaredBy'>;
    receptions.push({ consentId, custodian, patient, subject: lower(subject), ...rest });
  }
  return receptions;
}

interface RecordRow {
  type: string;
  id: string;
  version: string;
  verdict: ReceivedRecord['verdict'];
  reason: string | null;
  key_id: string;
  content: Uint8Array;
}

/** The records that came under a consent, opened. */
export async function openReceived(context: ExchangeContext, q: Queryable, consentId: Hex): Promise<ReceivedRecord[]> {
  const rows = await q.query<RecordRow>(
    `select type, id, version, verdict, reason, key_id, content from received where consent_id = $1 order by type, id, version`,
    [consentId],
  );
  const records: ReceivedRecord[] = [];
  for (const { type, id, version, verdict, reason, key_id: keyId, content } of rows) {
    const place = `Received/${consentId}/${type}/${id}/_history/${version}`;
    const text = await context.keys.open(q, keyId, content, place);
    records.push({ resource: parseStoredJson(text) as FhirResource, verdict, reason });
  }
  return records;
}
