import { consentDomain, type RecordProof } from '@anamnesis/protocol';
import { type KnownConsent, ledgerWitness, type Resource, verifyConsent, verifyRelease } from '@anamnesis/sdk';
import type { Cast } from './cast.ts';

/** The four links from a record to the ledger. */
export const LINKS = ['record', 'log', 'checkpoint', 'ledger'] as const;
type LinkName = (typeof LINKS)[number];

/** One link: whether it holds, breaks, waits, or is not made for this act; and what to say (`link.<say>` of the words). */
export interface Link {
  readonly name: LinkName;
  readonly state: 'holds' | 'broken' | 'waits' | 'none';
  readonly say: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** What was checked after an act, by this page itself. */
export interface Line {
  readonly links: readonly Link[];
  /** The exact row that is wrong; null when nothing is. */
  readonly wrong: string | null;
}

/** Which link each failure breaks first. */
const BREAKS: Readonly<Record<string, number>> = { 'not-included': 0, malformed: 0, 'other-log': 1 };

/** Checks a record or an access entry as it was shown, up to the ledger. Throws `ledger-unreachable`. */
export async function checkContent({ ledger, maria }: Cast, content: Resource, proof: RecordProof): Promise<Line> {
  const { chainId, contracts } = ledger;
  const expected = {
    ...{ kind: proof.kind, chainId, checkpoints: contracts.checkpoints },
    organization: maria.organization.id,
  };
  let wrong: { readonly where: string; readonly reason: string } | null = null;
  let reference = '';
  for await (const verdict of verifyRelease([{ content, proof }], { expected, witness: ledgerWitness(ledger) })) {
    wrong = verdict.failure;
    reference = verdict.reference;
  }
  const { checkpoint } = proof;
  const broken =
    wrong === null ? LINKS.length : (BREAKS[wrong.reason] ?? (wrong.reason === 'other-checkpoint' ? 2 : 3));
  const state = (at: number): Link['state'] =>
    at >= broken ? 'broken' : checkpoint === null && at > 1 ? 'waits' : 'holds';
  const place = { place: proof.index + 1, organization: maria.organization.name };
  return {
    wrong: wrong?.where ?? null,
    links: [
      { name: 'record', state: state(0), say: broken === 0 ? 'changed' : 'record', values: { reference } },
      { name: 'log', state: state(1), say: `log.${proof.log}`, values: place },
      {
        ...{ name: 'checkpoint', state: state(2) },
        ...(checkpoint ? { say: 'checkpoint', values: { size: checkpoint.size } } : { say: 'waits' }),
      },
      {
        ...{ name: 'ledger', state: state(3) },
        ...(checkpoint ? { say: 'ledger', values: { block: checkpoint.block, chain: chainId } } : { say: 'waits' }),
      },
    ],
  };
}

/** Checks a permission: whether she signed it, and whether her refusal stands on the ledger. Throws `ledger-unreachable`. */
export async function checkConsent({ ledger }: Cast, grant: Pick<KnownConsent, 'terms' | 'signature'>) {
  const domain = consentDomain(ledger.chainId, ledger.contracts.consents);
  const { failure, inForce } = await verifyConsent(grant, domain, ledger, Math.floor(Date.now() / 1000));
  const line: Line = {
    wrong: failure?.where ?? null,
    links: [
      { name: 'record', state: failure ? 'broken' : 'holds', say: failure ? 'unsigned' : 'signed' },
      { name: 'log', state: 'none', say: 'kept' },
      { name: 'checkpoint', state: 'none', say: 'unneeded' },
      { name: 'ledger', state: failure ? 'broken' : 'holds', say: inForce ? 'inForce' : 'refused' },
    ],
  };
  return { line, inForce: inForce === true };
}

/** Of what leaves no trace: a request is a message between two hospitals. */
export const NOTHING: Line = {
  wrong: null,
  links: LINKS.map((name) => ({ name, state: 'none', say: name === 'record' ? 'message' : 'nothing' })),
};
