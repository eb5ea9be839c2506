import {
  type ExpectedLog,
  type PostedCheckpoint,
  type ProofFailure,
  type RecordProof,
  type Sha256,
  verifyRecordProof,
} from '@anamnesis/protocol';
import type { Resource } from '../fhir/types.ts';
import type { CheckpointWitness } from './posted.ts';
import type { Failure } from './report.ts';

/** What each failure of a proof means to a person. */
const MEANING: Readonly<Record<ProofFailure, string>> = {
  malformed: 'its proof is malformed',
  'other-log': 'its proof is about another log, organisation, chain or contract',
  'other-checkpoint': 'its proof leads to another tree than its checkpoint',
  'not-included': 'its content is not what was recorded',
};

/** A record or an access entry with its proof, as it came from somebody. */
export interface Proven {
  readonly content: Resource;
  readonly proof: RecordProof;
}

/** The verdict on one of them. `sealed` is false while no checkpoint covers it: then only the node's word holds it in place. */
export interface Verdict {
  readonly reference: string;
  readonly sealed: boolean;
  readonly failure: Failure | null;
}

/**
 * Verifies what another organisation released: each content is the committed one, in the custodian's log, under a checkpoint that the
 * witness (`ledgerWitness`) vouches for. A node keeps from its clinicians what does not verify, or is not sealed where that is needed.
 *
 * `expected` is what the caller knows on its own: chain, contract, custodian. Throws only what the witness throws (`ledger-unreachable`).
 */
export async function* verifyRelease(
  released: Iterable<Proven> | AsyncIterable<Proven>,
  parameters: { expected: ExpectedLog; witness: CheckpointWitness | null; hash?: Sha256 | undefined },
): AsyncGenerator<Verdict> {
  const { expected, witness, hash } = parameters;
  for await (const { content, proof } of released) {
    const reference = versionReference(content);
    const result = verifyRecordProof(proof, content, expected, hash);
    if (!result.ok) {
      const failure = { where: reference, reason: result.reason, detail: MEANING[result.reason] };
      yield { reference, sealed: false, failure };
      continue;
    }
    const { checkpoint } = proof;
    const doubt =
      checkpoint && witness ? await witness.vouch(proof as RecordProof & { checkpoint: PostedCheckpoint }) : null;
    yield { reference, sealed: checkpoint !== null, failure: doubt && { where: reference, ...doubt } };
  }
}

/** The version-specific reference of a resource: `Observation/7/_history/2`. */
export function versionReference(resource: Resource): string {
  const { resourceType, id = '?', meta } = resource;
  const version = typeof meta?.versionId === 'string' ? `/_history/${meta.versionId}` : '';
  return `${resourceType}/${id}${version}`;
}
