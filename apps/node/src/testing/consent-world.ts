import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  consentTypedData,
  type Grant,
  maskOf,
  PURPOSES,
} from '@anamnesis/protocol';
import type { LocalAccount } from 'viem';
import type { Database } from '../storage/index.ts';
import { admitOrganization, random32, startNode, startWorld, type TestNode, type World } from './world.ts';

/** St. Aldhelm's node (organisation 1) and Hospital da Luz Nova, which is admitted and has none (2). */
export interface ConsentWorld {
  readonly world: World;
  readonly node: TestNode;
  /** Of consents in this world's contract. */
  readonly domain: ReturnType<typeof consentDomain>;
  stop(): Promise<void>;
}

export async function startConsentWorld(database: Database, clock: () => number): Promise<ConsentWorld> {
  const world = await startWorld();
  const who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'http://127.0.0.1:1');
  await admitOrganization(world, 2, 'Hospital da Luz Nova', 'http://127.0.0.1:2');
  const node = await startNode(world, who, { database, clock });
  const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
  const stop = async () => {
    await node.stop();
    await world.stop();
  };
  return { world, node, domain, stop };
}

/**
 * A consent of the signer's: organisation 2 may read conditions and laboratory results for treatment, from a minute ago for an hour. `change`: what
 * it says otherwise.
 */
export async function signedGrant(
  { node, domain }: ConsentWorld,
  by: LocalAccount,
  change: Partial<ConsentTerms> = {},
): Promise<Grant> {
  const now = Math.floor(node.context.clock() / 1000);
  const terms: ConsentTerms = {
    ...{ subject: by.address, epoch: 0, index: 0, grantee: 2, recipient: ANYONE },
    ...{ categories: maskOf(CATEGORIES, ['conditions', 'laboratory']), sensitive: 0 },
    ...{ purposes: maskOf(PURPOSES, ['TREAT']), actions: 1, careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END },
    ...{ validFrom: now - 60, validUntil: now + 3600, salt: random32() },
    ...change,
  };
  return { terms, signature: await by.signTypedData(consentTypedData(terms, domain)) };
}
