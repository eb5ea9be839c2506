import { checkpointOrigin, checkpointTypedData, concat, equalBytes, type LogAddress, utf8 } from '@anamnesis/protocol';
import { type Address, bytesToHex, type Hex, hexToBytes } from 'viem';
import type { LocalAccount } from 'viem/accounts';
import { recoverTypedDataAddress } from 'viem/utils';
import { noteKeyId, parseNote, signatureLine } from './note.ts';

/**
 * The operator's signature as a line of a checkpoint note. A log's Ed25519 signature convinces people; the ledger's contracts read EIP-712. So a node
 * signs each checkpoint in both ways, and two notes that contradict each other are evidence that the Checkpoints contract takes. The type is one
 * without an assigned byte (0xff and a long name, https://c2sp.org/signed-note), which other tools pass over.
 */
const TYPE = concat(Uint8Array.of(0xff), utf8('anamnesis/eip712-checkpoint/v1'));

interface State {
  readonly root: Hex;
  readonly size: number;
}

/** Signs a checkpoint of a log with the operator's key. Returns a signature line without a newline. */
export async function operatorLine(operator: LocalAccount, log: LogAddress, state: State): Promise<string> {
  const signature = await operator.signTypedData(checkpointTypedData({ ...log, ...state }, log));
  const origin = checkpointOrigin(log);
  return signatureLine(origin, noteKeyId(origin, TYPE, hexToBytes(operator.address)), hexToBytes(signature));
}

/**
 * The signature that an operator put on a note, as the contract takes it; null when there is none of this operator.
 * @throws AnamnesisError `note-malformed`.
 */
export async function operatorSignature(
  note: string,
  log: LogAddress,
  state: State,
  operator: Address,
): Promise<Hex | null> {
  const origin = checkpointOrigin(log);
  const id = noteKeyId(origin, TYPE, hexToBytes(operator));
  const line = parseNote(note).signatures.find(({ name, keyId }) => name === origin && equalBytes(keyId, id));
  if (line === undefined) return null;
  const signature = bytesToHex(line.signature);
  const typed = checkpointTypedData({ ...log, ...state }, log);
  const signer = await recoverTypedDataAddress({ ...typed, signature }).catch(() => null);
  return signer?.toLowerCase() === operator.toLowerCase() ? signature : null;
}
