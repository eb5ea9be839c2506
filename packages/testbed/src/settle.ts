import { readFile, rename, writeFile } from 'node:fs/promises';
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
import { sessionTypedData } from '@anamnesis/protocol';
import { generatePrivateKey } from 'viem/accounts';
import type { Secrets } from './secrets.ts';

/** Who lives here: all programs of the demonstration write as this one. */
const LOADER = { actor: 'Device/population', display: 'Synthetic population', automatic: true } as const;
const SEED = 'anamnesis';

/**
 * Fills the nodes with the organisations' staff, the cast and `patients` more people, and links the cast's subjects. Done once: a folder
 * remembers how many each organisation has, and more are added when more are asked for or another organisation's node is started.
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
  const empty = pick(nodes, (key) => settled[key] === undefined);
  if (Object.keys(empty).length > 0) {
    for (const { organization, bundle } of generateInfrastructure(NAMED_ORGANIZATIONS))
      await post(empty[organization], bundle);
    for (const member of generateCast()) {
      for (const { organization, bundle } of member.bundles) await post(empty[organization], bundle);
      for (const organization of Object.keys(member.patient.ids)) {
        const node = empty[organization];
        if (node !== undefined) await link(node, member.key, castPatientId(member.key, organization), secrets);
      }
    }
  }
  const growing = pick(nodes, (key) => (settled[key] ?? 0) < patients);
  const first = Math.min(patients, ...Object.keys(growing).map((key) => settled[key] ?? 0));
  for (const { patient, bundles } of generatePopulation({ seed: SEED, patients: patients - first, first })) {
    if (patient.index % 10 === 0) log(`settling patient ${patient.index + 1} of ${patients}`);
    for (const { organization, bundle } of bundles) {
      if (patient.index >= (settled[organization] ?? 0)) await post(growing[organization], bundle);
    }
  }
  const changed = Object.values({ ...empty, ...growing }).filter((node) => node !== undefined);
  if (changed.length === 0) return;
  for (const key of Object.keys(nodes)) settled[key] = Math.max(settled[key] ?? 0, patients);
  await writeFile(`${path}.new`, `${JSON.stringify(settled)}\n`, { flush: true });
  await rename(`${path}.new`, path);
  await Promise.all(changed.map((node) => node.refreshStatistics()));
}

function pick(
  nodes: Readonly<Record<string, RunningNode>>,
  chosen: (key: string) => boolean,
): Readonly<Record<string, RunningNode | undefined>> {
  return Object.fromEntries(Object.entries(nodes).filter(([key]) => chosen(key)));
}

/** Into a node, where it is one of those that are filled. */
async function post(node: RunningNode | undefined, bundle: unknown): Promise<void> {
  if (node !== undefined) await openRecordWriter(node.context, authorityAt(node)).process(bundle);
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

/** How many patients besides the cast each organisation has, by its key. */
async function readSettled(path: string): Promise<Record<string, number>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}
