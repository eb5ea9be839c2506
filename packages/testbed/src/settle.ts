import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { subjectAccount } from '@anamnesis/crypto';
import { ALL, type Authority, linkSubject, openRecordWriter, patientOf, type RunningNode } from '@anamnesis/node';
import {
  type CastKey,
  castPatientId,
  generateCast,
  generateInfrastructure,
  generatePopulation,
  NAMED_ORGANIZATIONS,
} from '@anamnesis/population';
import { AnamnesisError, sessionTypedData } from '@anamnesis/protocol';
import { generatePrivateKey } from 'viem/accounts';
import type { Secrets } from './secrets.ts';

/** Who lives here: all programs of the demonstration write as this one. */
const LOADER = { actor: 'Device/population', display: 'Synthetic population', automatic: true } as const;
const SEED = 'anamnesis';

/**
 * Fills the nodes with the organisations' staff, the cast and `patients` more people, and links the cast's subjects. Done once: a folder
 * remembers how many there are, and more are added when more are asked for.
 */
export async function settlePopulation(
  directory: string,
  nodes: Readonly<Record<string, RunningNode>>,
  secrets: Secrets,
  patients: number,
  log: (message: string) => void,
): Promise<void> {
  const path = join(directory, 'population.json');
  const settled = await readSettled(path);
  if (settled === null) {
    for (const { organization, bundle } of generateInfrastructure(NAMED_ORGANIZATIONS))
      await post(nodes, organization, bundle);
    for (const member of generateCast()) {
      for (const { organization, bundle } of member.bundles) await post(nodes, organization, bundle);
      for (const organization of Object.keys(member.patient.ids)) {
        const node = nodes[organization];
        if (node !== undefined) await link(node, member.key, castPatientId(member.key, organization), secrets);
      }
    }
  }
  const first = settled ?? 0;
  if (first < patients) {
    for (const { patient, bundles } of generatePopulation({ seed: SEED, patients: patients - first, first })) {
      if (patient.index % 10 === 0) log(`settling patient ${patient.index + 1} of ${patients}`);
      for (const { organization, bundle } of bundles) await post(nodes, organization, bundle);
    }
  }
  await writeFile(path, `${JSON.stringify({ patients: Math.max(first, patients) })}\n`, { flush: true });
  if (settled === null || first < patients)
    await Promise.all(Object.values(nodes).map((node) => node.refreshStatistics()));
}

async function post(
  nodes: Readonly<Record<string, RunningNode>>,
  organization: string,
  bundle: unknown,
): Promise<void> {
  const node = nodes[organization];
  if (node === undefined) throw new AnamnesisError('testbed-incomplete', `There is no node of ${organization}`);
  await openRecordWriter(node.context, authorityAt(node)).process(bundle);
}

function authorityAt({ config }: RunningNode): Authority {
  return {
    ...LOADER,
    organization: config.organization,
    purpose: 'HOPERAT',
    basis: { kind: 'system' },
    scope: ALL,
    actions: new Set(['read', 'write']),
    requestId: 'settling',
  };
}

/** What happens at a registration desk: the patient's device signs, staff link. */
async function link(node: RunningNode, key: CastKey, patient: string, secrets: Secrets): Promise<void> {
  const { organization, chainId } = node.context.ledger;
  const account = subjectAccount(secrets.seeds[key], { chainId, organization });
  if ((await patientOf(node.context.database, account.address)) !== null) return;
  const notAfter = Math.floor(Date.now() / 1000) + 300;
  const session = { subject: account.address, organization, notAfter, nonce: generatePrivateKey() };
  const signature = await account.signTypedData(sessionTypedData(session, chainId));
  const requester = { ...LOADER, organization, requestId: 'settling' };
  await linkSubject(node.context, requester, { patient, session, signature });
}

async function readSettled(path: string): Promise<number | null> {
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { patients: number }).patients;
  } catch {
    return null;
  }
}
