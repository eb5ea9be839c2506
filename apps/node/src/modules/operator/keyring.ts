import type { SenderAccounts } from '@anamnesis/ledger/portable';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { type NodeKeys, saveNodeKeys } from '../../config/index.ts';

/**
 * The operator's keys that a node holds. What the key file says is what counts after a crash; beside it memory knows what the ledger said last, so that the
 * node acts with the right key at once.
 */
export interface Keyring {
  /** By the key file. It signs checkpoints: a key before stays the organisation's, one that may yet be undone does not. */
  readonly present: PrivateKeyAccount;
  readonly next: PrivateKeyAccount | null;
  readonly former: PrivateKeyAccount | null;
  /** What the sender signs with now. */
  accounts(): SenderAccounts;
  /** The present key begins nothing new. */
  hold(held: boolean): void;
  /** Whether the ledger says that the next key acts: a reorganisation may take that back, until the file says so too. */
  take(taken: boolean): void;
  /** A new key, in the file before anybody hears of it. Throws `keys-unwritable`. */
  prepare(): Promise<PrivateKeyAccount>;
  /** The next key is forgotten: it never acted. */
  drop(): Promise<void>;
  /** The next key is the present one, the present one the former. */
  promote(): Promise<void>;
  /** The former key is erased from the file. */
  erase(): Promise<void>;
}

/** Opens the operator's part of a key file. While a hand-over is under way nothing is begun before the ledger was asked how far it is. */
export function openKeyring(path: string, given: NodeKeys): Keyring {
  let keys = given;
  let held = given.nextOperator !== undefined;
  let taken = false;
  const account = (key: NodeKeys['nextOperator']): PrivateKeyAccount | null =>
    key === undefined ? null : privateKeyToAccount(key);
  let present = privateKeyToAccount(keys.operator);
  let next = account(keys.nextOperator);
  let former = account(keys.formerOperator);

  async function change({ nextOperator, formerOperator, ...rest }: NodeKeys): Promise<void> {
    const changed = { ...rest, ...(nextOperator && { nextOperator }), ...(formerOperator && { formerOperator }) };
    await saveNodeKeys(path, changed);
    keys = changed;
    [present, next, former] = [privateKeyToAccount(keys.operator), account(nextOperator), account(formerOperator)];
    [held, taken] = [next !== null && held, false];
  }
  const without = (name: 'nextOperator' | 'formerOperator'): NodeKeys => {
    const { [name]: _gone, ...rest } = keys;
    return rest;
  };

  return {
    get present() {
      return present;
    },
    get next() {
      return next;
    },
    get former() {
      return former;
    },
    accounts() {
      const others = [next, former].filter((one) => one !== null);
      if (taken && next !== null) return { acting: next, beside: [present, ...others.filter((one) => one !== next)] };
      return { acting: present, beside: others, held };
    },
    hold(value) {
      held = value;
    },
    take(value) {
      if (value !== taken) held = !value;
      taken = value;
    },
    async prepare() {
      const nextOperator = generatePrivateKey();
      await change({ ...keys, nextOperator });
      return privateKeyToAccount(nextOperator);
    },
    drop: () => change(without('nextOperator')),
    async promote() {
      const { nextOperator = keys.operator, ...rest } = keys;
      await change({ ...rest, operator: nextOperator, formerOperator: keys.operator });
    },
    erase: () => change(without('formerOperator')),
  };
}
