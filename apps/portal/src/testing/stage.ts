import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestbed } from '@anamnesis/testbed';

/** What browser tests are told of the consortium; they reach it by HTTP, being in processes of their own. */
export interface Told {
  /** Addresses of the nodes by key: `st-aldhelm`, `luz-nova`, … */
  readonly nodes: Readonly<
    Record<string, { readonly url: string; readonly organization: number; readonly name: string }>
  >;
  /** Bearer tokens by node and role. */
  readonly tokens: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly maria: { readonly name: string; readonly patient: string };
  readonly rpcUrl: string;
  /** Where the consortium itself is acted upon: `POST /tamper {node, reference}`, `/ledger/stop`, `/ledger/start`, `/job {node}` puts a message on its
   * way that nobody takes, `/job/end {node}` takes it back, `/codes/expire {node}` lets every code of the
   * desk grow too old. */
  readonly control: string;
}

export interface Stage {
  readonly told: Told;
  readonly directory: string;
  stop(): Promise<void>;
}

/** A message to an organisation that does not exist. */
const STUCK = 'request/stuck';

/** Starts a consortium on a folder of its own, with the portal. */
export async function startStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'anamnesis-portal-'));
  // A view of the ledger grows too old sooner than it does in life, so that a test need not wait for a minute.
  const testbed = await startTestbed({
    directory,
    portal: true,
    sealAfterMs: 300,
    maxLedgerAgeMs: 20_000,
    recoveryDelay: 5,
  });
  const contextOf = (key: string) => {
    const node = testbed.nodes[key];
    if (node === undefined) throw new Error(`There is no node of ${key}`);
    return node.running.context;
  };
  const acts: Readonly<Record<string, (body: { node: string; reference: string }) => Promise<void>>> = {
    '/tamper': ({ node, reference }) => testbed.tamper(node, reference),
    '/job': async ({ node }) => {
      const { database, keys } = contextOf(node);
      await database.transaction(async (tx) => {
        const { keyId, content } = await keys.seal(tx, '', '{}', `PeerMessage/${STUCK}`);
        const row = [STUCK, 4_000_000, keyId, content, Date.now() + 600_000, Date.now()];
        await tx.query('insert into peer_message values ($1, $2, $3, $4, 0, $5, $6)', row);
      });
    },
    '/job/end': async ({ node }) => {
      await contextOf(node).database.query('delete from peer_message where id = $1', [STUCK]);
    },
    '/codes/expire': async ({ node }) => {
      const kinds = ['Enrolment', 'RecoveryCode'];
      const sql = 'update smart_entry set expires_at = 1 where kind = any($1::text[])';
      await contextOf(node).database.query(sql, [kinds]);
    },
    '/ledger/stop': () => testbed.ledger.stop(),
    '/ledger/start': () => testbed.ledger.start(),
  };
  const control = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const act = acts[request.url ?? ''];
      const body = JSON.parse(Buffer.concat(parts).toString() || '{}');
      Promise.resolve(act?.(body)).then(
        () => response.writeHead(act === undefined ? 404 : 204).end(),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  const { maria } = testbed.cast;
  return {
    directory,
    told: {
      nodes: Object.fromEntries(
        Object.entries(testbed.nodes).map(([key, { url, organization, name }]) => [key, { url, organization, name }]),
      ),
      tokens: Object.fromEntries(
        Object.entries(testbed.nodes).map(([key, { tokens }]) => [key, { ...tokens } as Record<string, string>]),
      ),
      maria: { name: maria.name, patient: maria.patient },
      rpcUrl: testbed.ledger.rpcUrl,
      control: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    },
    async stop() {
      await new Promise((resolve) => control.close(resolve));
      await testbed.stop();
    },
  };
}
