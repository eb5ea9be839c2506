import { AnamnesisError } from '@anamnesis/protocol';
import { type Address, type Hash, keccak256, parseTransaction, type TransactionReceipt } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type Intention, requestOf } from '../call.ts';
import { finalizedBlock, type LedgerReader, type LedgerWriter, type Settlement } from '../client.ts';
import { ledgerError, toldError } from '../errors.ts';
import { createBroadcaster } from './broadcast.ts';
import { signerOf } from './isOver.ts';
import type { Attempt, OutboxEntry, OutboxStore } from './outbox.ts';
import { cappedPrice, estimatePrice, pricedFields, raisedPrice } from './price.ts';
import { whyReverted } from './revert.ts';

/*
 * A call is carried out exactly once, whatever dies in between, because everything about it is in the store before it is
 * on the wire: first the intention (unique id), then the signed transaction with its nonce. Sending the same bytes again
 * is harmless, a replacement has the same nonce, and a nonce is given to another transaction only when the chain has
 * used it up for good without any of the attempts.
 *
 * One account, one sender: the nonces belong to it alone. When an organisation changes its key, one sender serves both: what the old key signed is
 * seen to its end, and what the ledger refused only because that key no longer acts is signed again by the one that does.
 */

/** The keys that a sender signs with. */
export interface SenderAccounts {
  /** Signs everything that names no other account. */
  readonly acting: PrivateKeyAccount;
  /** They sign what names them as `from`, and look after what they signed: the key that is to act next, and the one that acted before. */
  readonly beside?: readonly PrivateKeyAccount[];
  /** True while the acting key begins nothing new, since it may be replaced any moment. */
  readonly held?: boolean;
}

export interface SenderOptions {
  readonly reader: LedgerReader;
  /** A function is asked anew in every round: keys may change. */
  readonly account: PrivateKeyAccount | (() => SenderAccounts);
  readonly store: OutboxStore;
  /** Transactions that may wait to be mined at one time. Default 16. */
  readonly window?: number;
  /** Unmined for so long, a transaction is sent again; default 15 s. Twice that, and a priced one is replaced by a dearer one. */
  readonly resendAfterMs?: number;
  /** No transaction offers more than this per unit of gas, in wei. */
  readonly maxPrice?: bigint;
  /** For so long a nonce must be seen to be used up by a foreign transaction before its call gets another. Default 30 s. */
  readonly foreignAfterMs?: number;
  /** Told of every entry that is over, after the store. */
  readonly onSettled?: (id: string, settlement: Settlement) => void;
}

export interface SenderStatus {
  /** Unsettled entries that are signed, and of those the ones that no block holds yet. */
  readonly signed: number;
  readonly unmined: number;
  /** Why the last round could not do its work; null when it could. */
  readonly problem: AnamnesisError | null;
}

export interface Sender extends LedgerWriter {
  /** Looks into the store now; to be called after an entry was inserted beside `submit`. */
  wake(): void;
  status(): SenderStatus;
  /** Ends after the round under way. What is not settled goes on at the next start. */
  stop(): Promise<void>;
}

/** A look at what one address has signed. `account` is there where the sender holds its key. */
interface Turn {
  readonly address: Address;
  readonly account: PrivateKeyAccount | undefined;
  readonly chainNonce: number;
  readonly final: number;
}

/** Starts carrying out what is in the store and what comes. Never throws for a dead ledger: it goes on when that is back. */
export function createSender(options: SenderOptions): Sender {
  const { reader, account: given, store } = options;
  const accounts: () => SenderAccounts = typeof given === 'function' ? given : () => ({ acting: given });
  const { client, policy, chainId } = reader;
  const { window = 16, resendAfterMs = 15_000, foreignAfterMs = 30_000 } = options;
  const broadcast = createBroadcaster(client, resendAfterMs);

  const waiters = new Map<string, ((settlement: Settlement) => void)[]>();
  const foreignSince = new Map<string, number>();
  const signers = new Map<Hash, Address>();
  let status: SenderStatus = { signed: 0, unmined: 0, problem: null };
  let stopped = false;
  let woken = false;
  let wakeUp: () => void = () => {};

  async function settle({ id }: OutboxEntry, settlement: Settlement): Promise<void> {
    await store.settle(id, settlement);
    foreignSince.delete(id);
    for (const resolve of waiters.get(id) ?? []) resolve(settlement);
    waiters.delete(id);
    options.onSettled?.(id, settlement);
  }

  async function receiptOf({ attempts }: OutboxEntry): Promise<TransactionReceipt | null> {
    for (const { hash } of attempts.toReversed()) {
      const receipt = await client.getTransactionReceipt({ hash }).catch((error: Error) => {
        if (error.name === 'TransactionReceiptNotFoundError') return null;
        throw error;
      });
      if (receipt) return receipt;
    }
    return null;
  }

  async function settleMined(entry: OutboxEntry, receipt: TransactionReceipt, signer: Address): Promise<void> {
    const succeeded = receipt.status === 'success';
    // Nothing came of it, perhaps only since that key no longer acts: the one that does signs it again.
    const isRetired = signer !== accounts().acting.address && entry.call.from === undefined;
    if (!succeeded && isRetired) return store.withdraw(entry.id);
    await settle(entry, {
      status: succeeded ? 'succeeded' : 'reverted',
      hash: receipt.transactionHash,
      block: Number(receipt.blockNumber),
      blockHash: receipt.blockHash,
      gasUsed: Number(receipt.gasUsed),
      error: succeeded ? null : await whyReverted(reader, signer, entry.call, receipt),
    });
  }

  /** A nonce below the chain's, and none of our attempts mined: once that is beyond doubt, the call gets another nonce. */
  async function doubtNonce(entry: OutboxEntry, nonce: number, final: number, address: Address): Promise<void> {
    const since = foreignSince.get(entry.id) ?? Date.now();
    foreignSince.set(entry.id, since);
    if (Date.now() - since < foreignAfterMs || final < 0) return;
    const used = await client.getTransactionCount({ address, blockNumber: BigInt(final) });
    if (nonce >= used || (await receiptOf(entry))) return;
    await store.withdraw(entry.id);
    foreignSince.delete(entry.id);
  }

  /** Looks after what one key has signed; without the key itself it is only sent again. Returns the nonces that are signed and in no block yet. */
  async function tend(
    signed: readonly OutboxEntry[],
    { chainNonce, final, address, account }: Turn,
  ): Promise<Set<number>> {
    const unmined = new Set<number>();
    for (const entry of signed) {
      const last = entry.attempts.at(-1) as Attempt;
      if (last.nonce < chainNonce) {
        const receipt = await receiptOf(entry);
        if (!receipt) await doubtNonce(entry, last.nonce, final, address);
        else if (Number(receipt.blockNumber) <= final) await settleMined(entry, receipt, address);
        continue;
      }
      unmined.add(last.nonce);
      const stuck = Date.now() - last.signedAt > 2 * resendAfterMs && policy.fees !== 'zero';
      if (stuck && account && (await replace(account, entry, last))) continue;
      await broadcast.again(last);
    }
    return unmined;
  }

  async function replace(account: PrivateKeyAccount, entry: OutboxEntry, last: Attempt): Promise<boolean> {
    const before = { max: BigInt(last.max), tip: BigInt(last.tip) };
    const price = raisedPrice(before, await estimatePrice(client, policy));
    if (options.maxPrice !== undefined && price.max > options.maxPrice) return false;
    const { gas } = parseTransaction(last.raw); // not estimated anew: nodes would count the one under way as done
    if (gas === undefined) return false;
    await signAndSend(account, entry, last.nonce, gas, price);
    return true;
  }

  const estimateGas = async (address: Address, call: Intention): Promise<bigint> =>
    ((await client.estimateGas({ account: address, ...requestOf(call) })) * 5n) / 4n;

  async function signAndSend(
    account: PrivateKeyAccount,
    entry: OutboxEntry,
    nonce: number,
    gas: bigint,
    price: { max: bigint; tip: bigint },
  ) {
    const fields = { chainId, nonce, gas, ...requestOf(entry.call), ...pricedFields(policy, price) };
    const raw = await account.signTransaction(fields);
    const attempt: Attempt = {
      nonce,
      hash: keccak256(raw),
      raw,
      max: String(price.max),
      tip: String(price.tip),
      signedAt: Date.now(),
    };
    signers.set(attempt.hash, account.address);
    await store.attempt(entry.id, attempt);
    await broadcast.first(attempt);
  }

  /** Signs what waits, as far as the window allows. The lowest free nonce first, so that a gap is closed by the next call. */
  async function advance(
    account: PrivateKeyAccount,
    waiting: readonly OutboxEntry[],
    chainNonce: number,
    taken: Set<number>,
  ): Promise<void> {
    for (const entry of waiting) {
      if (taken.size >= window || stopped) return;
      let gas: bigint;
      try {
        gas = await estimateGas(account.address, entry.call);
      } catch (error) {
        const reason = ledgerError(error);
        if (reason.code === 'ledger-unreachable' || reason.code === 'ledger-error') throw reason;
        // It may only need what is still under way; then it is asked again. With nothing under way, the answer is no.
        if (taken.size > 0) return;
        const none = { hash: null, block: null, blockHash: null, gasUsed: null };
        await settle(entry, { status: 'refused', ...none, error: toldError(reason) });
        continue;
      }
      const price = cappedPrice(await estimatePrice(client, policy), options.maxPrice);
      const nonce = await nextNonce(account, chainNonce, taken);
      taken.add(nonce);
      await signAndSend(account, entry, nonce, gas, price);
    }
  }

  async function nextNonce(
    account: PrivateKeyAccount,
    chainNonce: number,
    taken: ReadonlySet<number>,
  ): Promise<number> {
    let nonce = chainNonce;
    while (taken.has(nonce)) nonce += 1;
    if (taken.size > 0) return nonce;
    // Nothing of ours is under way, so whatever the pool holds of this account is foreign (a lost store): step behind it.
    return Math.max(nonce, await client.getTransactionCount({ address: account.address, blockTag: 'pending' }));
  }

  /** No call could take a missing nonce, and later ones are stuck behind it: a transfer of nothing to ourselves takes it. */
  async function fillGap(account: PrivateKeyAccount, chainNonce: number, taken: Set<number>): Promise<void> {
    if (taken.size === 0 || taken.has(chainNonce)) return;
    const id = `filler:${chainId}:${account.address}:${chainNonce}:${Date.now()}`;
    const call: Intention = { to: account.address, data: '0x', from: account.address };
    await store.insert(id, call);
    const entry: OutboxEntry = { id, call, attempts: [], settlement: null };
    await signAndSend(account, entry, chainNonce, 25_000n, await estimatePrice(client, policy));
  }

  async function knownSigner(entry: OutboxEntry): Promise<Address | null> {
    const last = entry.attempts.at(-1);
    if (last === undefined) return null;
    const signer = signers.get(last.hash) ?? ((await signerOf(entry)) as Address);
    if (signers.size > 10_000) signers.clear();
    signers.set(last.hash, signer);
    return signer;
  }

  /** One look at everything. Returns whether there is more to do at once. */
  async function round(): Promise<boolean> {
    const entries = await store.pending(window);
    if (entries.length === 0) {
      status = { signed: 0, unmined: 0, problem: null };
      return false;
    }
    const final = await finalizedBlock(reader);
    const { acting, beside = [], held = false } = accounts();
    const known = new Map([acting, ...beside].map((account) => [account.address, account]));
    const signed = new Map<Address, OutboxEntry[]>();
    for (const entry of entries) {
      const signer = await knownSigner(entry);
      if (signer !== null) signed.set(signer, [...(signed.get(signer) ?? []), entry]);
    }
    let [all, unmined, more] = [0, 0, false];
    let problem: unknown = null;
    for (const address of new Set([...known.keys(), ...signed.keys()])) {
      const own = signed.get(address) ?? [];
      const waiting = entries.filter(
        ({ attempts, call }) =>
          attempts.length === 0 && (call.from ? call.from === address : address === acting.address && !held),
      );
      if (own.length + waiting.length === 0) continue;
      try {
        const { taken, before } = await turnOf(address, known.get(address), own, waiting, final);
        all += own.length + taken - before;
        unmined += taken;
        more ||= taken > before;
      } catch (error) {
        problem ??= error; // one key's trouble is not the other's
      }
    }
    status = { signed: all, unmined, problem: null };
    if (problem !== null) throw problem;
    return more;
  }

  async function turnOf(
    address: Address,
    account: PrivateKeyAccount | undefined,
    signed: readonly OutboxEntry[],
    waiting: readonly OutboxEntry[],
    final: number,
  ): Promise<{ readonly taken: number; readonly before: number }> {
    const chainNonce = await client.getTransactionCount({ address, blockTag: 'latest' });
    const inOrder = signed.toSorted((a, b) => (a.attempts[0]?.nonce ?? 0) - (b.attempts[0]?.nonce ?? 0));
    const taken = await tend(inOrder, { chainNonce, final, address, account });
    const before = taken.size;
    if (account !== undefined) {
      await advance(account, waiting, chainNonce, taken);
      await fillGap(account, chainNonce, taken);
    }
    return { taken: taken.size, before };
  }

  async function run(): Promise<void> {
    let pause = policy.pollMs;
    while (!stopped) {
      woken = false;
      let more = false;
      try {
        more = await round();
        pause = policy.pollMs;
      } catch (error) {
        status = { ...status, problem: ledgerError(error) };
        pause = Math.min(pause * 2, 10_000);
      }
      if (stopped || woken || more) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
  const wake = () => {
    woken = true;
    wakeUp();
  };
  const running = run();

  return {
    wake,
    status: () => status,
    async submit(id, call) {
      if (stopped) throw new AnamnesisError('sender-stopped', 'The sender has been stopped.');
      if (await store.insert(id, call)) wake();
    },
    async settled(id) {
      // Waits before it looks, so that nothing is missed in between.
      let heard: (settlement: Settlement) => void = () => {};
      const settlement = new Promise<Settlement>((resolve) => {
        heard = resolve;
      });
      waiters.set(id, [...(waiters.get(id) ?? []), heard]);
      const entry = await store.find(id);
      if (entry && !entry.settlement) return settlement;
      waiters.set(id, waiters.get(id)?.filter((waiter) => waiter !== heard) ?? []);
      if (!entry?.settlement) throw new AnamnesisError('unknown-intention', `Nothing was ever submitted as ${id}.`);
      return entry.settlement;
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}
