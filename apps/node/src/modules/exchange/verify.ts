import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { checkProof, type RecordProof, verifyRecordProof } from '@anamnesis/protocol';
import type { Scope } from '../consent/index.ts';
import { checkpointCovering, findCheckpoint } from '../directory/index.ts';
import { classify } from '../records/classify.ts';
import { inScope } from '../records/search/index.ts';
import type { Collected } from './collect.ts';
import type { ExchangeContext } from './context.ts';
import { ExchangeError } from './errors.ts';
import { askPeer, type PeerLine } from './peer.ts';
import { MAX_PROOFS } from './prove.ts';

/** How far a received record can be relied on. */
export type Verdict =
  /** It is the record that the custodian committed to, in a log that it sealed on the ledger. */
  | { readonly kind: 'verified' }
  /** It is in the custodian's log, by the custodian's word: no checkpoint covers it yet. */
  | { readonly kind: 'unsealed' }
  /** It does not verify: shown only with the warning and the reason. */
  | { readonly kind: 'unverified'; readonly reason: string }
  /** It should not have been sent at all, and is not kept. */
  | { readonly kind: 'refused'; readonly reason: 'other-patient' | 'outside-consent' | 'no-version' };

/** A record with what came of its verification. */
export interface Judged extends Collected {
  readonly proof: RecordProof | null;
  readonly verdict: Verdict;
}

/** How often, and after how long, a custodian is asked again that is behind the ledger. */
const RETRIES = 3;
const RETRY_AFTER_MS = 500;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** Judges a page of records from a custodian: that they are the patient's, within the consent, and as sealed on the ledger. */
export async function judge(
  context: ExchangeContext,
  line: PeerLine,
  scope: Scope,
  page: readonly Collected[],
): Promise<Judged[]> {
  const refusals = page.map((record) => refusalOf(line, scope, record));
  const wanted = page.flatMap(({ reference }, at) => (reference !== null && refusals[at] === null ? [reference] : []));
  const verdicts = new Map<string, Pick<Judged, 'proof' | 'verdict'>>();
  const isPosted = witness(context, line.peer.id);
  let open: readonly string[] = wanted;
  for (let attempt = 0; open.length > 0; attempt++) {
    const proofs = await fetchProofs(context, line, open);
    const behind: string[] = [];
    for (const { resource, reference } of page) {
      if (reference === null || !open.includes(reference)) continue;
      const proof = proofs.get(reference) ?? null;
      const verdict = await verdictOn(context, line, resource, proof, isPosted);
      verdicts.set(reference, { proof, verdict });
      if (verdict.kind === 'unverified' && verdict.reason === 'denies-checkpoint') behind.push(reference);
    }
    // The custodian may not have seen its own checkpoint yet: then it is asked again. A liar says the same each time.
    if (attempt === RETRIES) break;
    open = behind;
    if (open.length > 0) await setTimeout(RETRY_AFTER_MS);
  }
  return page.map((record, at) => {
    const reason = refusals[at] ?? null;
    if (reason !== null) return { ...record, proof: null, verdict: { kind: 'refused', reason } };
    const found = verdicts.get(record.reference ?? '');
    return { ...record, ...(found ?? { proof: null, verdict: { kind: 'unverified', reason: 'no-proof' } as const }) };
  });
}

/** A record that the consent does not open has no business here, whoever sent it. */
function refusalOf(
  line: PeerLine,
  scope: Scope,
  { resource, reference }: Collected,
): Extract<Verdict, { kind: 'refused' }>['reason'] | null {
  if (reference === null) return 'no-version';
  const { patient, category, sensitive, careAt } = classify(resource);
  if (patient !== line.patient) return 'other-patient';
  const row = { type: resource.resourceType, patient, category, sensitive, care_at: careAt };
  return inScope(scope, row) ? null : 'outside-consent';
}

async function verdictOn(
  context: ExchangeContext,
  line: PeerLine,
  resource: Collected['resource'],
  proof: RecordProof | null,
  isPosted: (proof: RecordProof) => Promise<boolean>,
): Promise<Verdict> {
  const unverified = (reason: string): Verdict => ({ kind: 'unverified', reason });
  if (proof === null) return unverified('no-proof');
  const { chainId, checkpoints } = context.ledger;
  const organization = line.peer.id;
  const expected = { kind: 'record', chainId, checkpoints, organization } as const;
  const result = verifyRecordProof(proof, resource, expected, sha256);
  if (!result.ok) return unverified(result.reason);
  if (proof.checkpoint !== null) {
    // What the ledger itself says, as this node follows it; the custodian's word about it counts for nothing.
    return (await isPosted(proof)) ? { kind: 'verified' } : unverified('unknown-checkpoint');
  }
  // A leaf that the ledger has sealed cannot be told in any other tree: that would hide a change made since.
  const sealed = await checkpointCovering(context.database, organization, 'records', proof.index);
  return sealed === null ? { kind: 'unsealed' } : unverified('denies-checkpoint');
}

/**
 * Whether the organisation posted a proof's checkpoint, as our view of the ledger has it. Each is looked up once for a page, and the
 * view is brought up to date once for a page, so that a custodian cannot make us ask the ledger for every record.
 */
function witness(context: ExchangeContext, organization: number): (proof: RecordProof) => Promise<boolean> {
  const known = new Map<string, boolean>();
  let caughtUp = false;
  return async (proof) => {
    const key = `${proof.size}/${proof.root}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const look = async () => (await findCheckpoint(context.database, organization, 'records', proof)) !== null;
    let posted = await look();
    if (!posted && !caughtUp) {
      caughtUp = true;
      // When the ledger is down, what it may say is not known.
      await context.directory.sync().catch(() => undefined);
      posted = await look();
    }
    known.set(key, posted);
    return posted;
  };
}

/** Proofs by reference; a proof that is malformed or not given is left out. */
async function fetchProofs(
  context: ExchangeContext,
  line: PeerLine,
  references: readonly string[],
): Promise<Map<string, RecordProof>> {
  const proofs = new Map<string, RecordProof>();
  for (let at = 0; at < references.length; at += MAX_PROOFS) {
    const part = references.slice(at, at + MAX_PROOFS);
    const answer = await askPeer(context, line, `${line.peer.profile.endpoints.api}/proofs/records`, {
      references: part,
    });
    if (!Array.isArray(answer.proofs) || answer.proofs.length !== part.length) {
      throw new ExchangeError(
        'peer-answer',
        `organisation ${line.peer.id} did not answer for every proof that was asked`,
      );
    }
    for (const [position, value] of answer.proofs.entries()) {
      try {
        if (value !== null) proofs.set(part[position] as string, checkProof(value));
      } catch {
        // Malformed: as good as none.
      }
    }
  }
  return proofs;
}
