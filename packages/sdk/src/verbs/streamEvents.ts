import type { Connection } from '../client/connection.ts';
import { RequestError } from '../client/errors.ts';
import { API_BASE } from './base.ts';
import type { PortalEvent } from './getNotices.ts';

/** The longest line of an event, in characters: a node that sends longer ones is not listened to. */
const LONGEST = 64 * 1024;

/**
 * Listens to a node: what happens from now on, for whoever is signed in. Yields `null` once it listens, then events. Ends when the node ends it or `signal`
 * aborts; whoever wants more begins again, and first asks for what may have changed meanwhile.
 * Throws RequestError `unauthorized`, `network`.
 *
 * @example
 * for await (const event of streamEvents(connection, { signal })) if (event?.kind === 'consents') refetch();
 */
export async function* streamEvents(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<PortalEvent | null> {
  const headers = { accept: 'text/event-stream' };
  const { stream } = await connection.open({ path: `${API_BASE}/events`, headers, ...options });
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let listening = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (!listening) {
        listening = true;
        yield null;
      }
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      if (rest.length > LONGEST) throw new RequestError('malformed-answer', 'The events of the node are malformed');
      for (const block of blocks) {
        const event = eventIn(block);
        if (event !== null) yield event;
      }
    }
  } catch (error) {
    if (options.signal?.aborted) return;
    if (error instanceof RequestError) throw error;
    throw new RequestError('network', 'The node ended the stream of events', { cause: error });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function eventIn(block: string): PortalEvent | null {
  const line = block.split('\n').find((one) => one.startsWith('data: '));
  if (line === undefined) return null;
  try {
    const event = JSON.parse(line.slice(6)) as PortalEvent;
    return typeof event.kind === 'string' && typeof event.ref === 'string' ? event : null;
  } catch {
    return null;
  }
}
