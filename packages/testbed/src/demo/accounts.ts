import { subjectAccount } from '@anamnesis/crypto';
import { ensureDemoAccount, patientOf, type RunningNode } from '@anamnesis/node';
import { CHARACTER_NAMES } from '@anamnesis/population';
import { toBase64 } from '@anamnesis/protocol';
import { organizationLock, type Relation, sealAccountContents } from '@anamnesis/sdk';
import type { Seat } from '../admit.ts';
import type { Secrets } from '../secrets.ts';
import { DEMO_PATIENTS } from './people.ts';

/** Gives the demonstration's patients accounts at their home organisations, each with a lock that the organisation keeps: so a click opens it. */
export async function openDemoAccounts(
  seats: readonly Seat[],
  nodes: Readonly<Record<string, RunningNode>>,
  secrets: Secrets,
): Promise<void> {
  for (const { key, home, decidesFor } of DEMO_PATIENTS) {
    const node = nodes[home];
    const seed = secrets.seeds[key];
    if (node === undefined || seed === undefined) continue;
    const other = decidesFor && secrets.seeds[decidesFor.key];
    const dependants =
      decidesFor === undefined || other === undefined
        ? []
        : [
            {
              name: CHARACTER_NAMES[decidesFor.key],
              kind: decidesFor.kind,
              seed: toBase64(other),
              relations: await relationsOf(seats, nodes, other),
            },
          ];
    const contents = { name: CHARACTER_NAMES[key], relations: await relationsOf(seats, nodes, seed), dependants };
    const { organization, chainId } = node.context.ledger;
    await ensureDemoAccount(node.accounts, {
      subject: subjectAccount(seed, { chainId, organization }).address,
      locks: [await organizationLock(seed, node.config.name)],
      file: await sealAccountContents(seed, contents),
    });
  }
}

/** Where a seed's subjects are linked to a Patient. */
async function relationsOf(
  seats: readonly Seat[],
  nodes: Readonly<Record<string, RunningNode>>,
  seed: Uint8Array,
): Promise<Relation[]> {
  const relations: Relation[] = [];
  for (const { member, config } of seats) {
    const { organization, publicUrl, deployment } = config;
    const { chainId, consents, subjects } = deployment;
    const node = nodes[member.key];
    const { address } = subjectAccount(seed, { chainId, organization });
    if (node === undefined || (await patientOf(node.context.database, address)) === null) continue;
    relations.push({
      ...{ chainId, organization, name: config.name, node: publicUrl },
      ...{ contracts: { consents, subjects }, generation: 0, subject: null, epoch: 0, nextIndex: 0, consents: [] },
    });
  }
  return relations;
}
