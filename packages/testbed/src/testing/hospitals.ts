import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LUZ_NOVA, ST_ALDHELM } from '@anamnesis/population';
import {
  ACTIONS,
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  type ContractDomain,
  consentDomain,
  maskOf,
  maskOfAll,
  PURPOSES,
} from '@anamnesis/protocol';
import {
  type Client,
  chainPolicy,
  createClient,
  openTrustedLedger,
  type Signer,
  subjectAccount,
  type TrustedLedger,
  takeIndex,
} from '@anamnesis/sdk';
import { generatePrivateKey } from 'viem/accounts';
import { inject } from 'vitest';
import { startTestbed, type Testbed, type TestbedNode, type TestbedOptions } from '../testbed.ts';

/** Two hospitals in two countries, on a folder of their own, as their people reach them: over HTTP. */
export interface Hospitals {
  readonly folder: string;
  readonly testbed: Testbed;
  readonly ledger: TrustedLedger;
  readonly domain: ContractDomain;
  /** Where Maria's records are. */
  readonly aldhelm: TestbedNode;
  /** Where Dr Silva works. */
  readonly luzNova: TestbedNode;
  readonly maria: { readonly client: Client; readonly signer: Signer; readonly patient: string };
  /** A clinician of St. Aldhelm. */
  readonly desk: Client;
  readonly silva: Client;
  stop(): Promise<void>;
}

/** A new folder under the system's temporary one, for `startHospitals`. */
export async function newFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'anamnesis-e2e-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Starts (again) the two hospitals on a folder. */
export async function startHospitals(
  folder: string,
  options: Omit<TestbedOptions, 'directory' | 'organizations'> = {},
): Promise<Hospitals> {
  const organizations = [ST_ALDHELM.key, LUZ_NOVA.key];
  const databaseTemplate = inject('pglite');
  const testbed = await startTestbed({
    directory: folder,
    organizations,
    databaseTemplate,
    sealAfterMs: 150,
    ...options,
  });
  const { deployment, rpcUrl } = testbed.ledger;
  const node = (key: string): TestbedNode => testbed.nodes[key] as TestbedNode;
  const [aldhelm, luzNova] = [node(ST_ALDHELM.key), node(LUZ_NOVA.key)];
  const clinician = ({ url, tokens }: TestbedNode): Client => createClient({ baseUrl: url, token: tokens.clinician });
  const { chainId } = deployment;
  const { seed, patient } = testbed.cast.maria;
  const signer = subjectAccount(seed, { chainId, organization: aldhelm.organization });
  const session = { signer, organization: aldhelm.organization, chainId };
  return {
    ...{ folder, testbed, aldhelm, luzNova },
    ledger: await openTrustedLedger({ rpcUrls: [rpcUrl], deployment, policy: chainPolicy('embedded') }),
    domain: consentDomain(chainId, deployment.consents),
    maria: { client: createClient({ baseUrl: aldhelm.url, session }), signer, patient },
    desk: clinician(aldhelm),
    silva: clinician(luzNova),
    stop: () => testbed.stop(),
  };
}

/** What Maria lets Luz Nova do: read everything but what is sensitive, to treat her, for an hour; with changes. */
export function termsFor({ maria, luzNova }: Hospitals, changes: Partial<ConsentTerms> = {}): ConsentTerms {
  const now = Math.floor(Date.now() / 1000);
  return {
    subject: maria.signer.address,
    epoch: 0,
    index: takeIndex({ nextIndex: 0, consents: [] }).index,
    grantee: luzNova.organization,
    recipient: ANYONE,
    categories: maskOfAll(CATEGORIES),
    sensitive: 0,
    purposes: maskOf(PURPOSES, ['TREAT']),
    actions: maskOf(ACTIONS, ['read']),
    careFrom: CARE_OPEN_START,
    careUntil: CARE_OPEN_END,
    validFrom: now - 60,
    validUntil: now + 3_600,
    salt: generatePrivateKey(),
    ...changes,
  };
}

/** Asks until the answer is not null; gives up after 20 seconds. For what follows by itself, such as a checkpoint. */
export async function eventually<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((done) => setTimeout(done, 25));
  }
}
