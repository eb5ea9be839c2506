import { revokeAllByGuardians, revokeByGuardians, revokeUnderProxyBySig } from '@anamnesis/ledger';
import {
  checkProxyChain,
  checks,
  consentDomain,
  type GuardianSet,
  type ProxyLink,
  proxySpace,
  revokeTypedData,
  revokeUnderProxyTypedData,
} from '@anamnesis/protocol';
import { type Address, type Hex, hashTypedData } from 'viem';
import type { Transaction } from '../../storage/index.ts';
import { intend } from '../directory/outbox.ts';
import { lower, subjectState } from '../directory/subjects.ts';
import { bitsOfChain, followChain, isAnyRefused } from './chain.ts';
import type { ConsentContext } from './context.ts';
import { ConsentError } from './errors.ts';
import { listConsents } from './grants.ts';
import { isSignedBy, signerOf } from './signatures.ts';

/**
 * Refusals by those who act for a patient. A proxy refuses what it signed itself (`link`), which goes to the ledger and shows neither subject nor terms there; or a
 * consent of the patient's within its own scope (`chain`), which is honoured here and goes no further, since on the ledger it would show its terms. Guardians
 * refuse one consent or all, as many as the set's threshold says; the ledger says whether they are the ones.
 */
export type RefusalByOthers = RefusalUnderProxy | RefusalAsProxy | RefusalByGuardians;

interface RefusalUnderProxy {
  /** Whose patient's it is: for her log here; the ledger is not told. */
  readonly subject: Address;
  readonly proxy: Address;
  /** `proxyId` of the terms under which it signed. */
  readonly link: Hex;
  readonly index: number;
  /** Of `revokeUnderProxyTypedData`. */
  readonly signature: Hex;
}

interface RefusalAsProxy {
  readonly subject: Address;
  readonly index: number;
  readonly chain: readonly ProxyLink[];
  /** The last proxy's, of `revokeTypedData`. */
  readonly signature: Hex;
}

interface RefusalByGuardians {
  readonly subject: Address;
  /** One consent; absent: all of them. */
  readonly index?: number;
  /** Seconds since 1970, of a refusal of all. */
  readonly deadline?: number;
  readonly guardians: GuardianSet;
  /** In the order of the set; `0x` for who did not sign. */
  readonly signatures: readonly Hex[];
}

const { address, hex, list, object, whole } = checks('refusal-malformed');
const UINT32 = 2 ** 32 - 1;
const signature = hex(1, 4096);

const underProxy = object<RefusalUnderProxy>({
  subject: address,
  proxy: address,
  link: hex(32),
  index: whole(0, UINT32),
  signature,
});
const asProxy = object<RefusalAsProxy>({
  subject: address,
  index: whole(0, UINT32),
  chain: (value) => checkProxyChain(value, 'refusal.chain'),
  signature,
});
const byGuardians = object<RefusalByGuardians>(
  {
    subject: address,
    index: whole(0, UINT32),
    deadline: whole(0, 2 ** 48 - 1),
    guardians: object<GuardianSet>({
      guardians: list(address, 15),
      threshold: whole(1, 15),
      delay: whole(0, UINT32),
      salt: hex(32),
    }),
    signatures: list(hex(0, 4096), 15),
  },
  ['index', 'deadline'],
);

/** A refusal by others, from outside; null for one by the patient herself. Throws AnamnesisError `refusal-malformed` or `terms-malformed`. */
export function checkRefusalByOthers(value: unknown): RefusalByOthers | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('link' in value) return underProxy(value, 'refusal');
  if ('chain' in value) return asProxy(value, 'refusal');
  return 'guardians' in value ? byGuardians(value, 'refusal') : null;
}

/** A refusal that was verified: how it is kept, and what the access log says of it. False when it was there already. */
export interface VerifiedRefusal {
  keep(tx: Transaction): Promise<boolean>;
  readonly query: string;
}

/**
 * Verifies a refusal by others; outside of any transaction, since contract wallets and guardians are asked of the ledger.
 *
 * Throws ConsentError `signature-invalid`; `refusal-malformed` for guardians' refusal of all without a deadline.
 */
export async function verifyRefusalByOthers(
  context: ConsentContext,
  refusal: RefusalByOthers,
): Promise<VerifiedRefusal> {
  if ('link' in refusal) return verifyUnderProxy(context, refusal);
  return 'chain' in refusal ? verifyAsProxy(context, refusal) : verifyGuardians(context, refusal);
}

async function verifyUnderProxy(context: ConsentContext, refusal: RefusalUnderProxy): Promise<VerifiedRefusal> {
  const { proxy, link, index, signature } = refusal;
  const hash = hashTypedData(revokeUnderProxyTypedData({ link, index }, domainOf(context)));
  if (!(await isSignedBy(context.reader, proxy, hash, signature, await signerOf(hash, signature)))) throw notSigned();
  const space = lower(proxySpace(proxy, link));
  return {
    query: `by=proxy&index=${index}`,
    keep: async (tx) => {
      if (!(await keepBit(context, tx, space, index, signature))) return false;
      const call = revokeUnderProxyBySig(context.reader.deployment, { proxy, link, index, signature });
      await intend(tx, `revoke-under-proxy/${space}/${index}`, call);
      return true;
    },
  };
}

async function verifyAsProxy(context: ConsentContext, refusal: RefusalAsProxy): Promise<VerifiedRefusal> {
  const { index, chain, signature } = refusal;
  const subject = lower(refusal.subject);
  const hash = hashTypedData(revokeTypedData({ subject, index }, domainOf(context)));
  const state = await subjectState(context.database, subject);
  const consents = await listConsents(context, subject);
  const now = Math.floor(context.clock() / 1000);
  const last = chain.at(-1);
  const inForce = last !== undefined && now >= last.terms.validFrom && now < last.terms.validUntil;
  // Only what the controller signed, within the scope of the proxy: else it could reach what it was not given.
  for (const { grant } of inForce ? consents : []) {
    if (grant.terms.index !== index || grant.chain !== undefined) continue;
    const asIf = { terms: grant.terms, signature, chain };
    // The last bit is that of what the proxy signed itself.
    if (await isAnyRefused(context.database, bitsOfChain(context, asIf, chain).slice(0, -1))) continue;
    if ((await followChain(context, asIf, hash, state)) !== null) continue;
    return { query: `by=proxy&index=${index}`, keep: (tx) => keepBit(context, tx, subject, index, signature) };
  }
  throw notSigned();
}

async function verifyGuardians(context: ConsentContext, refusal: RefusalByGuardians): Promise<VerifiedRefusal> {
  const { index, deadline, guardians: set, signatures } = refusal;
  const subject = lower(refusal.subject);
  const { deployment, client } = context.reader;
  if (index === undefined && deadline === undefined)
    throw new ConsentError('refusal-malformed', 'a refusal of all needs a deadline');
  const call =
    index === undefined
      ? revokeAllByGuardians(deployment, { subject, deadline: deadline ?? 0, set, signatures })
      : revokeByGuardians(deployment, { subject, index, set, signatures });
  // The ledger knows who the guardians are: it is asked whether it would take the refusal.
  await client.call({ ...call, gas: 5_000_000n }).catch(() => {
    throw notSigned();
  });
  const { epoch, nonce } = await subjectState(context.database, subject);
  return {
    query: index === undefined ? 'by=guardians&all' : `by=guardians&index=${index}`,
    keep: async (tx) => {
      if (index !== undefined) {
        if (!(await keepBit(context, tx, subject, index, '0x'))) return false;
        await intend(tx, `revoke-by-guardians/${subject}/${index}`, call);
        return true;
      }
      const made = await tx.query(
        `insert into refusal_of_all (subject, epoch, deadline, signature, received_at) values ($1, $2, $3, '0x', $4)
         on conflict do nothing returning subject`,
        [subject, epoch, deadline, context.clock()],
      );
      if (made.length === 0) return false;
      await intend(tx, `revoke-all-by-guardians/${subject}/${nonce}`, call);
      return true;
    },
  };
}

async function keepBit(
  context: ConsentContext,
  tx: Transaction,
  space: Address,
  index: number,
  signature: Hex,
): Promise<boolean> {
  const made = await tx.query(
    `insert into refusal (subject, index, signature, received_at) values ($1, $2, $3, $4)
     on conflict do nothing returning subject`,
    [space, index, signature, context.clock()],
  );
  return made.length > 0;
}

function domainOf(context: ConsentContext) {
  return consentDomain(context.ledger.chainId, context.reader.deployment.consents);
}

function notSigned(): ConsentError {
  return new ConsentError('signature-invalid', 'the refusal is not signed by those who may refuse for the subject');
}
