import { createServer } from 'node:net';
import { AnamnesisError } from '@anamnesis/protocol';

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  if (typeof address !== 'object' || address === null) throw new AnamnesisError('port-taken', 'No port is free');
  return address.port;
}
