import { Agent, request } from 'node:http';

/** An answer of the engine that is an error: passed on to the caller as it is. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure';
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A JSON-RPC connection to a server on this machine. Calls reject with RpcFailure, or with a network error. */
export interface Loopback {
  call<Result>(method: string, params?: readonly unknown[], timeoutMs?: number): Promise<Result>;
  /** Sends a body as it is and returns the answer as it is. */
  exchange(body: Uint8Array, timeoutMs?: number): Promise<Buffer>;
  close(): void;
}

/** Connects to 127.0.0.1:`port` over kept-alive HTTP. */
export function connectLoopback(port: number): Loopback {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const exchange = (body: Uint8Array, timeoutMs = 60_000) =>
    new Promise<Buffer>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.byteLength };
      const outgoing = request({ host: '127.0.0.1', port, method: 'POST', agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks)));
        answer.on('error', reject);
        answer.on('aborted', () => reject(new Error('The connection to the ledger engine broke.')));
      });
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error('The ledger engine does not answer.')));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return {
    exchange,
    async call<Result>(method: string, params: readonly unknown[] = [], timeoutMs?: number) {
      const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
      const answer = JSON.parse((await exchange(body, timeoutMs)).toString('utf8')) as {
        result?: Result;
        error?: { code: number; message: string; data?: unknown };
      };
      if (answer.error) throw new RpcFailure(answer.error.code, answer.error.message, answer.error.data);
      return answer.result as Result;
    },
    close: () => agent.destroy(),
  };
}
