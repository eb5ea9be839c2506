import { getContractAddress, type Hex, numberToHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

/** A contract of ten bytes: writes the block number under the 32-byte word it is called with, and logs that word as topic. */
const PROBE_CODE: Hex = '0x695f35804390555f5fa1005f52600a6016f3';

/** A load of transactions signed beforehand with one new key: the first deploys the probe, the others call it with their nonce. */
export async function signProbeLoad(chainId: number, count: number): Promise<Hex[]> {
  const account = privateKeyToAccount(generatePrivateKey());
  const probe = getContractAddress({ from: account.address, nonce: 0n });
  const signed: Hex[] = [];
  for (let nonce = 0; nonce < count; nonce++) {
    const target = nonce === 0 ? { data: PROBE_CODE } : { to: probe, data: numberToHex(nonce, { size: 32 }) };
    signed.push(
      await account.signTransaction({ type: 'legacy', chainId, nonce, gasPrice: 0n, gas: 200_000n, ...target }),
    );
  }
  return signed;
}
