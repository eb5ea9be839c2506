import { isUtf8 } from 'node:buffer';
import { AnamnesisError, parseJson } from '@anamnesis/protocol';

/**
 * A body as JSON, losslessly. Bytes that are no UTF-8 are refused: replacing them, as decoders do by themselves, would change what a record says.
 * Errors: `json-malformed`, `json-too-deep`, `json-too-large`.
 */
export function readJson(body: Buffer, maxLength: number): unknown {
  if (!isUtf8(body)) throw new AnamnesisError('json-malformed', 'The body is not UTF-8');
  return parseJson(body.toString('utf8'), { maxLength });
}
