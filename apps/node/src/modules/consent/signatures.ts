import type { LedgerReader } from '@anamnesis/ledger';
import { type Address, encodeFunctionData, type Hex, hexToBigInt, parseAbi, recoverAddress, slice } from 'viem';
import { lower } from '../directory/subjects.ts';

/** Half of the order of secp256k1: a signature with a higher s has a twin and is refused (EIP-2), as on the ledger. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const ERC1271 = parseAbi(['function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)']);
const ERC1271_MAGIC = '0x1626ba7e';

/** Who made a signature never changes, and finding out is most of the cost of a decision: the latest answers are kept. */
const REMEMBERED = 10_000;
const signers = new Map<string, Address | null>();

/** The account that made an ECDSA signature of 65 bytes with a low s, lower case; null if it is none. */
export async function signerOf(hash: Hex, signature: Hex): Promise<Address | null> {
  const key = `${hash}${signature}`;
  const known = signers.get(key);
  if (known !== undefined) return known;
  const signer = await recover(hash, signature);
  if (signers.size >= REMEMBERED) signers.clear();
  if (key.length < 256) signers.set(key, signer);
  return signer;
}

async function recover(hash: Hex, signature: Hex): Promise<Address | null> {
  if (signature.length !== 2 + 65 * 2 || hexToBigInt(slice(signature, 32, 64)) > HALF_ORDER) return null;
  try {
    return lower(await recoverAddress({ hash, signature }));
  } catch {
    return null;
  }
}

/**
 * Whether `controller` signed `hash`: ECDSA first, then, where the controller is a contract, ERC-1271, asked of the ledger.
 * False, too, when the ledger cannot be asked: what cannot be checked is not signed.
 */
export async function isSignedBy(
  reader: LedgerReader,
  controller: Address,
  hash: Hex,
  signature: Hex,
  signer: Address | null,
): Promise<boolean> {
  return signer === lower(controller) || isSignedByContract(reader, controller, hash, signature);
}

async function isSignedByContract(
  reader: LedgerReader,
  contract: Address,
  hash: Hex,
  signature: Hex,
): Promise<boolean> {
  try {
    const data = encodeFunctionData({ abi: ERC1271, functionName: 'isValidSignature', args: [hash, signature] });
    const answer = await reader.client.call({ to: contract, data, gas: 1_000_000n });
    return answer.data?.length === 66 && slice(answer.data, 0, 4) === ERC1271_MAGIC;
  } catch {
    return false;
  }
}
