import { open, rename } from 'node:fs/promises';
import { AnamnesisError, parseJson } from '@anamnesis/protocol';
import {
  type AccountContents,
  openAccountFile,
  type Relation,
  type Signer,
  sealAccountFile,
  subjectAccount,
  type WrappedSeed,
} from '@anamnesis/sdk';
import type { Context } from '../command.ts';
import { readText, usage } from '../options.ts';

/** A patient's account while a command works with it. */
export interface OpenAccount {
  readonly contents: AccountContents;
  /** The subject's key at an organisation. */
  signer(relation: Pick<Relation, 'chainId' | 'organization' | 'generation'>): Signer;
  /** Replaces a relation, or adds it, and writes the file before it resolves. */
  keep(relation: Relation): Promise<void>;
}

/**
 * Opens an account file. The passphrase comes from a file or is asked for, never from a flag.
 * Throws `account-locked` (exit code 3) for a wrong one.
 */
export async function openAccount(
  context: Context,
  file: string,
  options: { passphraseFile?: string | undefined },
): Promise<OpenAccount> {
  const value = parseJson(await readText(file));
  const passphrase = await passphraseOf(context, `Passphrase of ${file}: `, options);
  const { seed, account, contents } = await openAccountFile(value, passphrase);
  let current = contents;
  return {
    get contents() {
      return current;
    },
    signer: (relation) => subjectAccount(seed, relation),
    async keep(relation) {
      const others = current.relations.filter((other) => !isSame(other, relation));
      current = { ...current, relations: [...others, relation] };
      await writeAccount(file, seed, account, current);
    },
  };
}

/** Writes an account file whole or not at all: a seed that is lost is lost for good. */
export async function writeAccount(file: string, seed: Uint8Array, account: WrappedSeed, contents: AccountContents) {
  const text = `${JSON.stringify(await sealAccountFile(seed, account, contents), null, 2)}\n`;
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** The passphrase: from the file that a flag or ANAMNESIS_PASSPHRASE_FILE names, else asked for. */
export async function passphraseOf(
  context: Context,
  question: string,
  options: { passphraseFile?: string | undefined },
): Promise<string> {
  const file = options.passphraseFile ?? context.environment.passphraseFile;
  const passphrase =
    file === undefined ? await context.askSecret(question) : (await readText(file)).replace(/\r?\n$/, '');
  if (passphrase === null) {
    throw new AnamnesisError('unauthorized', 'no passphrase: give --passphrase-file FILE or use a terminal');
  }
  if (passphrase === '') throw usage('the passphrase is empty');
  return passphrase;
}

/** The relation that a command means: with the node's organisation, or the only one. */
export function relationAt(account: OpenAccount, node: string | undefined): Relation {
  const { relations } = account.contents;
  const wanted = node?.replace(/\/+$/, '');
  const found = wanted === undefined ? relations : relations.filter((relation) => relation.node === wanted);
  const [relation, another] = found;
  if (relation && !another) return relation;
  throw relation
    ? usage('the account is with several organisations: give --node URL')
    : new AnamnesisError('not-found', 'the account is not yet with this organisation: `anamnesis account join` first');
}

/** The subject of a relation: the address by which organisation and ledger know the patient. */
export function subjectOf(account: OpenAccount, relation: Relation) {
  return relation.subject ?? account.signer({ ...relation, generation: 0 }).address;
}

function isSame(a: Relation, b: Relation): boolean {
  return a.chainId === b.chainId && a.organization === b.organization;
}
