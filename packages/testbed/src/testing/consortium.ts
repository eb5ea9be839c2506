/**
 * Two hospitals and their ledger in a process of their own, to be killed: `node consortium.ts FOLDER LEDGER-PORT FIRST-NODE-PORT`.
 * Says on standard output, in one line of JSON, where they are, once they answer.
 */
import { LUZ_NOVA, ST_ALDHELM } from '@anamnesis/population';
import type { Deployment } from '@anamnesis/sdk';
import { startTestbed, type TestbedNode } from '../testbed.ts';

/** What the process says. */
export interface Consortium {
  readonly rpcUrl: string;
  readonly deployment: Deployment;
  readonly nodes: readonly Pick<TestbedNode, 'url' | 'organization' | 'tokens'>[];
  readonly maria: { readonly patient: string; readonly seed: string };
}

if (import.meta.main) {
  const [directory = '', ledger = '', nodes = ''] = process.argv.slice(2);
  const testbed = await startTestbed({
    directory,
    ports: { ledger: Number(ledger), nodes: Number(nodes) },
    organizations: [ST_ALDHELM.key, LUZ_NOVA.key],
    sealAfterMs: 60,
  });
  const { rpcUrl, deployment } = testbed.ledger;
  const { patient, seed } = testbed.cast.maria;
  const said: Consortium = {
    ...{ rpcUrl, deployment },
    nodes: Object.values(testbed.nodes).map(({ url, organization, tokens }) => ({ url, organization, tokens })),
    maria: { patient, seed: Buffer.from(seed).toString('hex') },
  };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
