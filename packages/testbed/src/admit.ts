import { join } from 'node:path';
import {
  admit,
  createSender,
  type Deployment,
  fileOutboxStore,
  getOrganization,
  type LedgerReader,
  setProfile,
  type ToldError,
} from '@anamnesis/ledger';
import { keysPath, type NodeConfig, openNodeKeys, profileBytes, profileUrl } from '@anamnesis/node';
import { AnamnesisError, maskOf, profileHash, ROLES } from '@anamnesis/protocol';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import type { Member } from './organizations.ts';

/** How long an operator's key is good, in seconds. */
const OPERATOR_LIFE = 3 * 365 * 86_400;

/** A member and the settings of its node. */
export interface Seat {
  readonly member: Member;
  readonly config: NodeConfig;
}

/**
 * Sees to it that every member is in the Directory, in order, with the profile that its node will serve. What was done before is not
 * done again; what a kill interrupted is finished.
 */
export async function admitMembers(
  directory: string,
  reader: LedgerReader,
  council: PrivateKeyAccount,
  seats: readonly Seat[],
): Promise<void> {
  const { deployment } = reader;
  const store = await fileOutboxStore(join(directory, 'council.outbox'));
  const sender = createSender({ reader, account: council, store });
  try {
    for (const { member, config } of seats) {
      const known = await getOrganization(reader, { id: config.organization });
      if (known !== null) continue;
      const keys = await openNodeKeys(keysPath(config));
      const call = admit(deployment, {
        roles: maskOf(ROLES, member.roles),
        jurisdiction: member.jurisdiction,
        operator: privateKeyToAccount(keys.operator).address,
        operatorUntil: Math.floor(Date.now() / 1000) + OPERATOR_LIFE,
        profileHash: profileHash(profileBytes(config, keys)),
        profileUrl: profileUrl(config.publicUrl),
      });
      await sender.submit(`admit/${member.key}`, call);
      done(await sender.settled(`admit/${member.key}`), `admitting ${member.name}`);
    }
  } finally {
    await sender.stop();
    await store.close();
  }
  for (const seat of seats) await renewProfile(reader, deployment, seat);
}

/** A node that moved to another address pins its new profile, with its own operator key. */
async function renewProfile(reader: LedgerReader, deployment: Deployment, { config, member }: Seat): Promise<void> {
  const keys = await openNodeKeys(keysPath(config));
  const hash = profileHash(profileBytes(config, keys));
  const known = await getOrganization(reader, { id: config.organization });
  if (known === null || known.profileHash === hash) return;
  const store = await fileOutboxStore(join(config.directory, 'operator.outbox'));
  // A hand-over that a kill interrupted may have got as far as the ledger.
  const accounts = [keys.operator, keys.nextOperator ?? keys.operator].map((key) => privateKeyToAccount(key));
  const account = accounts.find(({ address }) => address === known.operator) ?? privateKeyToAccount(keys.operator);
  const sender = createSender({ reader, account, store });
  try {
    const call = setProfile(deployment, { profileHash: hash, profileUrl: profileUrl(config.publicUrl) });
    await sender.submit(`profile/${hash}`, call);
    done(await sender.settled(`profile/${hash}`), `pinning the profile of ${member.name}`);
  } finally {
    await sender.stop();
    await store.close();
  }
}

function done(settlement: { readonly status: string; readonly error: ToldError | null }, what: string): void {
  if (settlement.status === 'succeeded') return;
  throw new AnamnesisError('ledger-refused', `${what} failed: ${settlement.error?.message ?? settlement.status}`, {
    ...(settlement.error?.hint !== undefined && { hint: settlement.error.hint }),
  });
}
