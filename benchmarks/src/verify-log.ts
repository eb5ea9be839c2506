/**
 * `node verify-log.ts SIZE portable|Node`: verifies a log of this size over HTTP as `anamnesis verify` does, and says in one line of JSON what it took. The
 * server is a thread of its own that makes each page when it is asked for, so that the log itself takes no memory here.
 */
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { foldRoot, leafHash, newNodes, nodeReader, type PostedCheckpoint, rootCoordinates } from '@anamnesis/protocol';
import { connect, verifyLog } from '@anamnesis/sdk';
import { bytesToHex } from 'viem';
import type { Verified } from './topics/verification.ts';
import { sha256 } from './tree.ts';

const EVERY = 1_000;
const leafAt = (index: number): Uint8Array => leafHash(sha256(Buffer.from(String(index))), sha256);

if (isMainThread) await verify(Number(process.argv[2]), process.argv[3] === 'Node');
else serve(workerData as number);

async function verify(size: number, isNode: boolean): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: size });
  const { port, posted } = await new Promise<{ port: number; posted: PostedCheckpoint[] }>((done, failed) => {
    worker.once('message', done).once('error', failed);
  });
  const ledger = { checkpoints: async () => posted, isLast: async () => true };
  const connection = connect({ baseUrl: `http://127.0.0.1:${port}` });
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const start = performance.now();
  const options = isNode ? { hash: sha256 } : {};
  const report = await verifyLog(connection, ledger as never, { organization: 1, log: 'records' }, options);
  const ms = performance.now() - start;
  clearInterval(timer);
  if (report.failures.length > 0 || report.checkpoints !== posted.length) throw new Error('a good log failed');
  const said: Verified = { ms, before, most: Math.max(most, process.memoryUsage().rss) };
  process.stdout.write(`${JSON.stringify(said)}\n`);
  process.exit(0);
}

/** The public part of a node with a log of this size: its state, its leaves by pages, and (to the parent) its checkpoints. */
function serve(size: number): void {
  const posted: PostedCheckpoint[] = [];
  let frontier: { level: number; index: number; hash: Uint8Array }[] = [];
  for (let at = 0; at < size; ) {
    const end = Math.min(at + EVERY, size);
    const leaves = Array.from({ length: end - at }, (_, n) => leafAt(at + n));
    const added = newNodes(at, leaves, nodeReader(frontier), sha256);
    const all = new Map([...frontier, ...added].map((node) => [`${node.level}/${node.index}`, node]));
    frontier = rootCoordinates(end).flatMap(({ level, index }) => all.get(`${level}/${index}`) ?? []);
    const root = bytesToHex(
      foldRoot(
        frontier.map((node) => node.hash),
        sha256,
      ),
    );
    posted.push({ root, size: end, time: 1_700_000_000 + end, block: end });
    at = end;
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://node');
    const [start, end] = [Number(url.searchParams.get('start')), Number(url.searchParams.get('end'))];
    const body = url.pathname.endsWith('/leaves')
      ? { start, leaves: Array.from({ length: end - start }, (_, at) => bytesToHex(leafAt(start + at))) }
      : { size, root: posted.at(-1)?.root, checkpoint: null };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    parentPort?.postMessage({ port: typeof address === 'object' ? address?.port : 0, posted });
  });
}
