import { AnamnesisError } from '@anamnesis/protocol';
import { BaseError, decodeErrorResult, type Hex, HttpRequestError, isHex, TimeoutError } from 'viem';
import { errorAbi } from './abi.ts';
import { type ErrorInput, fillMessage } from './errorsFormat.ts';
import { CONTRACT_ERRORS } from './errorsOfContracts.ts';

export { CONTRACT_ERRORS, type ErrorText } from './errorsOfContracts.ts';

/** The parameters of every error by its name; where two contracts have one, it is the same one. */
const errorInputs: ReadonlyMap<string, readonly ErrorInput[]> = new Map<string, readonly ErrorInput[]>([
  ...errorAbi.map((item): [string, readonly ErrorInput[]] => [item.name, item.inputs]),
  // What Solidity itself answers; viem decodes both.
  ['Error', [{ name: 'message', type: 'string' }]],
  ['Panic', [{ name: 'code', type: 'uint256' }]],
]);

/** A contract said no: in words a person understands, with the values it gave, and with what to do next. */
export class LedgerRevert extends AnamnesisError {
  override readonly name = 'LedgerRevert';
  /** The name of the contract's error. */
  readonly reason: string;
  /** The values that it gave, in the order of its ABI. */
  readonly args: readonly unknown[];

  constructor(reason: string, args: readonly unknown[], options?: { cause?: unknown }) {
    const { message = 'A contract refused the transaction.', hint } = CONTRACT_ERRORS[reason] ?? {};
    const inputs = errorInputs.get(reason) ?? [];
    super(codeOf(reason), fillMessage(message, inputs, args), { ...options, ...(hint !== undefined && { hint }) });
    this.reason = reason;
    this.args = args;
  }
}

/** What is told of an error where only data can be kept. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  /** What to do next, where that is known. */
  readonly hint?: string;
}

/** The part of an error that can be told and stored. */
export function toldError({ code, message, hint }: AnamnesisError): ToldError {
  return { code, message, ...(hint !== undefined && { hint }) };
}

/** Message and hint in one text. */
export function sayError({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

/** `Consents_WrongEpoch` → `consents-wrong-epoch`. */
function codeOf(name: string): string {
  return name
    .replace('_', '-')
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

/**
 * Turns whatever viem throws into an AnamnesisError: a LedgerRevert with the contract's own error, `ledger-reverted` when a
 * contract refused without a known error, `ledger-unreachable`, or `ledger-error`.
 */
export function ledgerError(error: unknown): AnamnesisError {
  if (error instanceof AnamnesisError) return error;
  const data = revertData(error);
  const decoded = data && decodeRevert(data);
  if (decoded) return new LedgerRevert(decoded.errorName, decoded.args ?? [], { cause: error });
  const isUnreachable = (cause: unknown) => cause instanceof HttpRequestError || cause instanceof TimeoutError;
  if (error instanceof BaseError && error.walk(isUnreachable)) {
    return new AnamnesisError('ledger-unreachable', 'The ledger does not answer.', { cause: error });
  }
  if (data !== undefined || (error instanceof Error && /revert/i.test(error.message))) {
    return new AnamnesisError('ledger-reverted', 'A contract refused the transaction.', { cause: error });
  }
  return new AnamnesisError('ledger-error', 'The ledger answered with an error.', { cause: error });
}

function decodeRevert(data: Hex) {
  try {
    return decodeErrorResult({ abi: errorAbi, data }) as { errorName: string; args?: readonly unknown[] };
  } catch {
    return undefined;
  }
}

/** Nodes put the data of a revert into different corners of their answer; viem keeps them along the chain of causes. */
function revertData(error: unknown): Hex | undefined {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    const { raw, data } = at as { raw?: unknown; data?: unknown };
    const inner = typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : undefined;
    for (const candidate of [raw, data, inner]) if (isHex(candidate)) return candidate;
  }
  return undefined;
}
