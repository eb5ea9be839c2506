import {
  acceptOperator,
  type Intention,
  isOver,
  type LedgerReader,
  type OutboxEntry,
  type OutboxStore,
  proposedOperator,
  proposeOperator,
  type Sender,
  sayError,
} from '@anamnesis/ledger/portable';
import type { HandoverStep } from '@anamnesis/protocol';
import type { Keyring } from './keyring.ts';

/** A key acts for three years at the most (Directory.MAX_OPERATOR_LIFE is 1,096 days), in seconds. */
export const OPERATOR_LIFE = 1_095 * 86_400;
/** The most gas that taking over needs, with room for a price that rises threefold. */
const GAS_TO_ACCEPT = 3n * 300_000n;
/** Gas of a plain transfer with the sender's margin. */
const GAS_TO_SEND = 26_250n;

export interface StepsContext {
  readonly reader: LedgerReader;
  readonly keyring: Keyring;
  readonly store: OutboxStore;
  readonly sender: Pick<Sender, 'submit' | 'status' | 'wake'>;
  /** Directory id. */
  readonly organization: number;
  readonly clock: () => number;
  /** What came to nothing is tried again after so many milliseconds. */
  readonly retryAfterMs: number;
  /** When an attempt was first seen to have come to nothing, by its id. */
  readonly failedSince: Map<string, number>;
}

/** Where a hand-over is, and why it does not go on; null where it does. */
export interface Progress {
  readonly step: HandoverStep;
  readonly problem: string | null;
}

/** The next act of a hand-over that the ledger does not show yet. Each looks at the ledger and the outbox first, so it may be taken up anywhere, any number of times. */
export async function advance(context: StepsContext): Promise<Progress> {
  const { reader, keyring, organization, clock } = context;
  const { present, next } = keyring;
  if (next === null) throw new TypeError('there is no next key');
  // Once it has set out, offer and balance may be gone because it has arrived.
  if (await hasSetOut(context)) return { step: 'accepting', problem: await accept(context) };
  const offer = await proposedOperator(reader, { id: organization });
  if (offer?.newOperator !== next.address) {
    keyring.hold(false);
    const operatorUntil = Math.floor(clock() / 1000) + OPERATOR_LIFE;
    const call = proposeOperator(reader.deployment, { newOperator: next.address, operatorUntil });
    return { step: 'proposing', problem: await ensure(context, 'propose', { ...call, from: present.address }) };
  }
  if (!(await isFunded(context))) {
    keyring.hold(false);
    return { step: 'funding', problem: await fund(context) };
  }
  return { step: 'accepting', problem: await accept(context) };
}

/** The new key pays for its own taking over: on ledgers that charge, it gets half of what the present one has. */
async function isFunded({ reader, keyring }: StepsContext): Promise<boolean> {
  if (reader.policy.fees === 'zero') return true;
  const address = keyring.next?.address as `0x${string}`;
  const [balance, price] = await Promise.all([reader.client.getBalance({ address }), reader.client.getGasPrice()]);
  return balance >= price * GAS_TO_ACCEPT;
}

async function fund(context: StepsContext): Promise<string | null> {
  const { reader, keyring } = context;
  const { address } = keyring.present;
  const [balance, price] = await Promise.all([reader.client.getBalance({ address }), reader.client.getGasPrice()]);
  if (balance / 2n < price * GAS_TO_ACCEPT) {
    return 'The present key has too little money to share with the new one. Send some to its address.';
  }
  const to = keyring.next?.address as `0x${string}`;
  return ensure(context, 'fund', { to, data: '0x', value: String(balance / 2n), from: address });
}

/** While the new key sets out, the present one begins nothing: no transaction meets a key that no longer acts. */
async function accept(context: StepsContext): Promise<string | null> {
  const { reader, keyring, sender, organization } = context;
  const from = keyring.next?.address as `0x${string}`;
  const tried = await lastTry(context, 'accept');
  const isRefused = tried !== null && tried.settlement !== null && tried.settlement.status !== 'succeeded';
  keyring.hold(!isRefused || !isResting(context, tried));
  if (isRefused && isResting(context, tried)) return problemOf(tried);
  if ((tried === null || tried.settlement !== null) && sender.status().unmined > 0) return null;
  return ensure(context, 'accept', { ...acceptOperator(reader.deployment, { id: organization }), from });
}

/** Sees the former key to its end. True when nothing needs it any more: what it signed is final, and what it owned has followed. */
export async function retire(context: StepsContext): Promise<boolean> {
  const { reader, keyring, store } = context;
  const { former, present } = keyring;
  if (former === null) return true;
  if (!(await isOver(store, former.address))) return false;
  if (reader.policy.fees === 'zero') return true;
  const { address } = former;
  const [balance, price] = await Promise.all([reader.client.getBalance({ address }), reader.client.getGasPrice()]);
  // Four times today's price stays for the transfer itself; what cannot pay for one is left.
  const value = balance - 4n * price * GAS_TO_SEND;
  if (value < price * GAS_TO_SEND) return true;
  await ensure(context, 'sweep', { to: present.address, data: '0x', value: String(value), from: address }, address);
  return false;
}

/** Whether the new key has set out to take over: from then on there is no way back but its refusal by the ledger. */
export async function hasSetOut(context: StepsContext): Promise<boolean> {
  const tried = await lastTry(context, 'accept');
  return tried !== null && (tried.settlement === null || tried.settlement.status === 'succeeded');
}

/** The last attempt at an act of this hand-over. */
export async function lastTry(
  { store, keyring }: StepsContext,
  act: string,
  key = keyring.next?.address,
): Promise<(OutboxEntry & { readonly number: number }) | null> {
  for (let number = 0, found: OutboxEntry | null = null; ; number += 1) {
    const entry = await store.find(idOf(act, key, number));
    if (entry === null) return found && { ...found, number: number - 1 };
    found = entry;
  }
}

/** Has an act carried out that the ledger does not show: once, and again only some time after it came to nothing. Returns why it does not go on. */
export async function ensure(
  context: StepsContext,
  act: string,
  intention: Intention,
  key = context.keyring.next?.address,
): Promise<string | null> {
  const tried = await lastTry(context, act, key);
  if (tried !== null && tried.settlement === null) return null;
  if (isResting(context, tried)) return problemOf(tried);
  await context.sender.submit(idOf(act, key, tried === null ? 0 : tried.number + 1), intention);
  return null;
}

/** Whether an act ended so short a time ago that it is not tried again yet. */
function isResting({ failedSince, clock, retryAfterMs }: StepsContext, tried: OutboxEntry | null): boolean {
  if (tried === null || tried.settlement === null) return false;
  const since = failedSince.get(tried.id) ?? clock();
  failedSince.set(tried.id, since);
  return clock() - since < retryAfterMs;
}

function problemOf(tried: OutboxEntry | null): string | null {
  return tried?.settlement?.error ? sayError(tried.settlement.error) : null;
}

/** The id of an act of the hand-over to a key, at its so many-th attempt. */
function idOf(act: string, key: string | undefined, number: number): string {
  return `operator-${act}/${key}/${number}`;
}
