import type { Bundle, BundleEntry, Client } from '@anamnesis/sdk';
import { patiently } from './patiently.ts';

/** What a node did with the entries of a bundle, by resource type. */
export interface Tally {
  readonly created: Map<string, number>;
  /** Already there and left or written anew. */
  readonly present: Map<string, number>;
  readonly refused: { readonly reference: string; readonly status: string; readonly reason: string }[];
}

/** An empty tally. */
export function newTally(): Tally {
  return { created: new Map(), present: new Map(), refused: [] };
}

/**
 * Posts a bundle and adds what came of it to the tally. Returns how often it was posted. Throws RequestError when a transaction is refused, or the node
 * does not answer for good.
 */
export async function postBundle(
  client: Client,
  bundle: Bundle,
  tally: Tally,
  options: { attempts: number; signal: AbortSignal },
): Promise<number> {
  const { result, tried } = await patiently(options, () => client.fhir.post(bundle, { signal: options.signal }));
  count(bundle.entry ?? [], result.entry ?? [], tally);
  return tried;
}

function count(sent: readonly BundleEntry[], answered: readonly BundleEntry[], tally: Tally): void {
  for (const [at, entry] of sent.entries()) {
    const response = answered[at]?.response;
    const status = response?.status ?? '';
    const type = entry.resource?.resourceType ?? entry.request?.url.split(/[/?]/)[0] ?? 'unknown';
    if (/^201/.test(status)) tally.created.set(type, (tally.created.get(type) ?? 0) + 1);
    else if (/^2/.test(status)) tally.present.set(type, (tally.present.get(type) ?? 0) + 1);
    else {
      const issue = (response?.outcome?.issue as { diagnostics?: string; code?: string }[] | undefined)?.[0];
      const reference = entry.resource?.id === undefined ? `${type}, entry ${at + 1}` : `${type}/${entry.resource.id}`;
      tally.refused.push({ reference, status: status || 'no answer', reason: issue?.diagnostics ?? issue?.code ?? '' });
    }
  }
}
