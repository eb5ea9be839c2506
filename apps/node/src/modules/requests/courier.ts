import type { Transaction } from '../../storage/index.ts';
import { keyOwner } from '../../storage/index.ts';
import { ask } from '../directory/index.ts';
import { type ExchangeContext, signAssertion } from '../exchange/index.ts';
import type { Message } from './messages.ts';

/** Brings messages to other organisations' nodes, again and again until they have them or a week has passed. */
export interface Courier {
  /** Tries what is due now. Resolves when each has been tried once. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly peer: number;
  readonly key_id: string;
  readonly content: Uint8Array;
  readonly attempts: number;
  readonly created_at: number;
}

const WEEK = 7 * 86_400_000;
const LONGEST_WAIT = 600_000;
const LOOK_EVERY = 1_000;

/** Puts a message on its way, in the transaction that it tells of. The same id again is the same message. */
export async function sendMessage(
  context: ExchangeContext,
  tx: Transaction,
  peer: number,
  id: string,
  message: Message,
): Promise<void> {
  const { keyId, content } = await context.keys.seal(tx, keyOwner(null), JSON.stringify(message), place(id));
  const now = context.clock();
  await tx.query(
    `insert into peer_message (id, peer, key_id, content, attempts, next_at, created_at)
     values ($1, $2, $3, $4, 0, $5, $5) on conflict do nothing`,
    [id, peer, keyId, content, now],
  );
}

/** Starts delivering. What a receiver will never take (4xx) is given up at once, and the request says so. */
export function openCourier(context: ExchangeContext): Courier {
  const { database } = context;
  let running: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    const rows = await database.query<Row>(
      'select id, peer, key_id, content, attempts, created_at from peer_message where next_at <= $1 order by next_at limit 50',
      [context.clock()],
    );
    await Promise.all(rows.map((row) => deliver(context, row)));
  };
  const flush = (): Promise<void> => {
    // One round at a time; what fails as a whole (the database is away) is tried by the next.
    running = running.then(round).catch(() => {});
    return running;
  };
  const timer = setInterval(() => void flush(), LOOK_EVERY).unref();
  return {
    flush,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

async function deliver(context: ExchangeContext, row: Row): Promise<void> {
  const { database } = context;
  const message = await context.keys.open(database, row.key_id, row.content, place(row.id));
  const outcome = await post(context, row.peer, message);
  const now = context.clock();
  if (outcome === 'later' && now - row.created_at < WEEK) {
    const wait = Math.min(1_000 * 2 ** row.attempts, LONGEST_WAIT);
    const update = 'update peer_message set attempts = attempts + 1, next_at = $2 where id = $1';
    await database.query(update, [row.id, now + wait]);
    return;
  }
  await database.transaction(async (tx) => {
    await tx.query('delete from peer_message where id = $1', [row.id]);
    const [kind, request] = row.id.split('/');
    if (outcome === 'taken') {
      await tx.query('update access_request set delivered = true where id = $1', [request]);
    } else if (kind === 'request') {
      const undeliverable = `update access_request set state = 'undeliverable' where id = $1 and state = 'requested'`;
      await tx.query(undeliverable, [request]);
    }
  });
}

async function post(context: ExchangeContext, to: number, message: string): Promise<'taken' | 'refused' | 'later'> {
  try {
    const peer = await context.directory.peer(to);
    const { token: tokenUrl, api } = peer.profile.endpoints;
    const now = Math.floor(context.clock() / 1000);
    const assertion = await signAssertion(context.signingKey, { issuer: context.profileUrl, tokenUrl, now });
    const organization = context.ledger.organization;
    const { status } = await ask(`${api}/peer/messages`, context.limits, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: `{"organization":${organization},"assertion":${JSON.stringify(assertion)},"message":${message}}`,
    });
    if (status >= 200 && status < 300) return 'taken';
    // It may not know us yet, or be too busy: that passes.
    return status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status) ? 'refused' : 'later';
  } catch {
    return 'later';
  }
}

function place(id: string): string {
  return `PeerMessage/${id}`;
}
