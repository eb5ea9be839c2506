import {
  type ConsentTerms,
  checkGrant,
  consentDomain,
  consentId,
  type Grant,
  PROXY_KINDS,
  type ProxyLink,
  parseStoredJson,
} from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import { keptOwner, type Queryable } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import { lower, subjectState } from '../directory/subjects.ts';
import { announce } from '../events/index.ts';
import type { ConsentContext, Requester } from './context.ts';
import { consentEntry } from './entries.ts';
import { ConsentError } from './errors.ts';
import { denialOf, readState } from './state.ts';
import { patientOf } from './subjects.ts';

/** A consent that this node holds. */
export interface StoredConsent {
  readonly id: Hex;
  readonly grant: Grant;
  readonly patient: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** The id of terms on this node's ledger: their EIP-712 digest. */
export function idOf(context: ConsentContext, terms: ConsentTerms): Hex {
  return consentId(terms, consentDomain(context.ledger.chainId, context.reader.deployment.consents));
}

/**
 * Takes in a signed consent: checks its form, its signature by the subject's controller, the ledger and this node's own refusals,
 * and logs it, all before it can be used. Handing in the same consent again changes nothing. A consent that begins later is taken in.
 *
 * Throws AnamnesisError `grant-malformed` or `terms-malformed`, `subject-unknown`, or `consent-refused` with the reason.
 */
export async function receiveGrant(
  context: ConsentContext,
  requester: Requester,
  value: unknown,
): Promise<StoredConsent & { readonly isNew: boolean }> {
  const grant = checkGrant(value);
  const { terms } = grant;
  const subject = lower(terms.subject);
  const id = idOf(context, terms);
  const patient = await patientOf(context.database, subject);
  if (patient === null) throw new ConsentError('subject-unknown', 'the subject stands for no Patient here');
  const now = context.clock();
  const { grantee, recipient, validFrom } = terms;
  // Judged outside of the transaction, since a contract wallet is asked on the ledger; every use is judged again.
  const state = await readState(context, context.database, grant);
  const time = Math.max(Math.floor(now / 1000), validFrom);
  const reason = await denialOf(context, id, grant, state, { recipient, grantee, time });
  if (reason !== null) throw new ConsentError('consent-refused', `the consent cannot be used: ${reason}`, { reason });
  return context.database.transaction(async (tx) => {
    const sealed = await context.keys.seal(tx, keptOwner(patient), JSON.stringify(grant), place(id));
    const made = await tx.query<{ id: string }>(
      `insert into consent (id, subject, epoch, index, grantee, key_id, content, received_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing returning id`,
      [id, subject, terms.epoch, terms.index, terms.grantee, sealed.keyId, sealed.content, now],
    );
    const isNew = made.length === 1;
    if (isNew) {
      const entry = { at: now, action: 'grant', basis: 'subject', purpose: 'PATRQT', patients: [patient] } as const;
      const [proxy] = grant.chain?.slice(-1) ?? [];
      const query = proxy === undefined ? {} : { query: `by=${proxyName(proxy)}` };
      await appendAccess(context, tx, [consentEntry(requester, { ...entry, ...query, consentId: id })]);
      await announce(context, tx, { audience: `Patient/${patient}`, kind: 'consents', ref: id });
    }
    return { id, grant, patient, receivedAt: now, isNew };
  });
}

/** What a proxy is to the patient, as she reads it in her log. */
function proxyName({ terms: { kind } }: ProxyLink): string {
  return PROXY_KINDS.find(({ number }) => number === kind)?.name ?? 'proxy';
}

interface Row {
  id: Hex;
  patient: string;
  key_id: string;
  content: Uint8Array;
  received_at: number;
}

const SELECT = `select consent.id, subject.patient, consent.key_id, consent.content, consent.received_at
  from consent join subject on subject.address = consent.subject`;

/** The consent of this id, or null when this node was never given it. */
export async function findConsent(context: ConsentContext, q: Queryable, id: Hex): Promise<StoredConsent | null> {
  const [row] = await q.query<Row>(`${SELECT} where consent.id = $1`, [id.toLowerCase()]);
  return row === undefined ? null : openRow(context, q, row);
}

/** Every consent of a subject that this node holds, newest first, whether it still holds or not. */
export async function listConsents(context: ConsentContext, subject: Address): Promise<StoredConsent[]> {
  const rows = await context.database.query<Row>(
    `${SELECT} where consent.subject = $1 order by consent.received_at desc, consent.id`,
    [lower(subject)],
  );
  return Promise.all(rows.map((row) => openRow(context, context.database, row)));
}

async function openRow(context: ConsentContext, q: Queryable, row: Row): Promise<StoredConsent> {
  const text = await context.keys.open(q, row.key_id, row.content, place(row.id));
  return { id: row.id, grant: parseStoredJson(text) as Grant, patient: row.patient, receivedAt: row.received_at };
}

function place(id: Hex): string {
  return `Consent/${id}`;
}

/** The lowest index that no consent or refusal of the subject uses here: what the next consent may take. */
export async function nextIndex(
  q: Queryable,
  subject: Address,
): Promise<{ epoch: number; index: number; nonce: number }> {
  const { epoch, nonce } = await subjectState(q, subject);
  const [row] = await q.query<{ index: number }>(
    `select coalesce(max(index) + 1, 0) as index from (
       select index from consent where subject = $1 union all select index from refusal where subject = $1
       union all select index from ledger_revocation where subject = $1) as used`,
    [lower(subject)],
  );
  return { epoch, index: row?.index ?? 0, nonce };
}
