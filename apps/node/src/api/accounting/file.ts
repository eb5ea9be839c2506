import { createHash } from 'node:crypto';
import { signNote } from '@anamnesis/crypto';
import { canonicalize, checkpointOrigin, formatCheckpoint, fromUtf8, type PostedCheckpoint } from '@anamnesis/protocol';
import { hexToBytes } from 'viem';
import { proveAccesses } from '../../modules/audit/index.ts';
import { logRange } from '../../modules/checkpoints/index.ts';
import type { ApiContext } from '../context.ts';
import type { Accounting } from './index.ts';

/**
 * An accounting that proves itself: each entry with the proof that it is in the access log, the stretch of the log that covers the period with every leaf in it
 * (so that nothing can have been taken out between its two checkpoints on the ledger), and the node's signature over all of it. `verifyAccounting` of
 * the sdk checks it, against the ledger or offline.
 */
export async function accountingFile(api: ApiContext, accounting: Accounting): Promise<object> {
  return signedFile(api, 'anamnesis-accounting/1', accounting, { patient: accounting.patient });
}

/** Signs entries of a period with their proofs, and `rest` along with them. */
export async function signedFile(
  api: ApiContext,
  format: string,
  accounting: Omit<Accounting, 'patient'>,
  rest: object,
): Promise<object> {
  const { context } = api;
  const { chainId, checkpoints, organization } = context.ledger;
  const { entries, unreadable } = accounting;
  const indexes = entries.map(({ index }) => index);
  const proofs = await proveAccesses(context, context.database, indexes);
  const range = await logRange(context.database, organization, 'access', accounting);
  const posted = [...proofs.map((proof) => proof.checkpoint), range.from, range.to];
  const body = {
    format,
    ...{ chainId, checkpoints, organization, ...rest },
    directory: context.reader.deployment.directory,
    from: new Date(accounting.from).toISOString(),
    until: new Date(accounting.until).toISOString(),
    madeAt: new Date(accounting.at).toISOString(),
    entries: entries.map(({ event }, at) => ({ event, proof: proofs[at] })),
    ...(unreadable.length > 0 && { unreadable }),
    range,
    profile: fromUtf8(api.profile),
    notes: notesOf(api, posted),
  };
  const digest = createHash('sha256').update(canonicalize(body)).digest('base64');
  return { ...body, signature: signNote(`${format}\n${digest}\n`, api.logSigner) };
}

/** Each checkpoint that something leads to, signed by the log's key, so that the file can be checked without the ledger. */
function notesOf({ context, logSigner }: ApiContext, posted: readonly (PostedCheckpoint | null)[]): string[] {
  const origin = checkpointOrigin({ ...context.ledger, log: 'access' });
  const bySize = new Map(posted.flatMap((one) => (one === null ? [] : [[one.size, one] as const])));
  return [...bySize.values()].map(({ size, root }) =>
    signNote(formatCheckpoint({ origin, size, root: hexToBytes(root) }), logSigner),
  );
}
