import { newSeed, subjectAccount } from '@anamnesis/crypto';
import { fromBase64, rotateTypedData, subjectsDomain, toBase64 } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { Signer } from '../session/signer.ts';
import type { AccountContents, Dependant, Relation } from './accountFile.ts';

/** A subject's change of key, signed by the key that it has. */
export interface SignedRotation {
  readonly subject: Address;
  readonly newController: Address;
  /** Seconds since 1970. */
  readonly deadline: number;
  readonly signature: Hex;
}

/** Which subject a relation is, and what signs for it. */
export function relationSigner(
  seed: Uint8Array,
  relation: Relation,
): { readonly subject: Address; readonly signer: Signer } {
  const { chainId, organization, generation } = relation;
  const signer = subjectAccount(seed, { chainId, organization, generation });
  return { subject: relation.subject ?? signer.address, signer };
}

/**
 * Signs a relation's change from its key of one seed to that of another. `nonce`: the subject's on the ledger, as read there. Good for an hour.
 */
export async function signRotation(
  relation: Relation,
  seeds: { readonly from: Uint8Array; readonly to: Uint8Array },
  nonce: bigint,
): Promise<SignedRotation> {
  const { chainId, organization } = relation;
  const { subject, signer } = relationSigner(seeds.from, relation);
  const { address: newController } = subjectAccount(seeds.to, { chainId, organization, generation: 0 });
  const deadline = Math.floor(Date.now() / 1000) + 3600;
  const domain = subjectsDomain(chainId, relation.contracts.subjects);
  const signature = await signer.signTypedData(rotateTypedData({ subject, newController, nonce, deadline }, domain));
  return { subject, newController, deadline, signature };
}

/** A relation after its rotation: the subject stays, its key is the new seed's, and every consent so far has ended. */
export function rotatedRelation(seed: Uint8Array, { keySeed: _, ...relation }: Relation): Relation {
  const { subject } = relationSigner(seed, relation);
  return { ...relation, subject, generation: 0, epoch: relation.epoch + 1, consents: [], refusals: [] };
}

/**
 * An account's contents for a new seed. `rotated`: organisations whose rotation is signed and sent along; the others keep their key of the old seed, which
 * stays with the relation until it is rotated too. The people whom the holder looks after get new seeds as well, for a lost device knew theirs; all their
 * relations are left to be rotated.
 */
export function contentsForNewSeed(
  old: { readonly seed: Uint8Array; readonly contents: AccountContents },
  rotated: readonly number[],
): AccountContents {
  const { dependants, previousSeeds = [] } = old.contents;
  const relations = old.contents.relations.map((relation) =>
    rotated.includes(relation.organization)
      ? rotatedRelation(old.seed, relation)
      : { ...relation, keySeed: relation.keySeed ?? toBase64(old.seed) },
  );
  return {
    ...old.contents,
    relations,
    previousSeeds: [...previousSeeds, toBase64(old.seed)],
    ...(dependants && { dependants: dependants.map(withNewSeed) }),
  };
}

function withNewSeed({ seed, relations, ...person }: Dependant): Dependant {
  return {
    ...person,
    seed: toBase64(newSeed()),
    relations: relations.map((relation) => ({ ...relation, keySeed: relation.keySeed ?? seed })),
  };
}

/** The seed whose key a relation has now. `seed`: of the account, or of the person cared for. */
export function seedOf(seed: Uint8Array, { keySeed }: Relation): Uint8Array {
  return (keySeed === undefined ? null : fromBase64(keySeed)) ?? seed;
}
