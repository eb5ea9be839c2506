import type { Authority } from '../../consent/index.ts';
import type { IntakeContext } from '../context.ts';
import { type Kept, keepMessage } from '../keep.ts';
import { type ReadDocument, readDocument } from './document.ts';

/**
 * Takes one C-CDA document: reads, maps and stores it with its original. On stable storage when this resolves; nothing of it is stored when it throws. The same
 * document again changes nothing.
 *
 * Errors: `IntakeRefusal` (400, 409, 422), 422 for what comes to no valid FHIR.
 */
export async function receiveCcda(
  context: IntakeContext,
  authority: Authority,
  bytes: Uint8Array,
): Promise<Kept & { readonly unmapped: ReadDocument['unmapped'] }> {
  const { intake, unmapped } = readDocument(bytes, context.intake);
  const kept = await keepMessage(context, { ...authority, message: `${intake.sender}|${intake.message}` }, intake);
  return { ...kept, unmapped };
}
