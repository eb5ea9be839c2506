import { seedCheck, subjectAccount, subjectPrivateKey } from '@anamnesis/crypto';
import { bytesToHex, hexToBytes } from 'viem/utils';

const SEEDS = ['00'.repeat(32), '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'ff'.repeat(32)];
const PATHS = [
  { chainId: 31337, organization: 1, generation: 0 },
  { chainId: 31337, organization: 1, generation: 1 },
  { chainId: 31337, organization: 2, generation: 0 },
  { chainId: 1, organization: 1, generation: 0 },
  { chainId: 2 ** 53 - 1, organization: 2 ** 32 - 1, generation: 2 ** 32 - 1 },
];

/** Subject keys derived from an account's seed. */
export function subjectVectors() {
  return {
    description:
      'private key = OS2IP( HKDF-SHA256(seed, salt "anamnesis/subject/v1", info uint64be chainId ‖ uint32be organization ‖ uint32be generation, 48 bytes) ) mod (n - 1) + 1, n the order of secp256k1',
    cases: SEEDS.flatMap((hex) => {
      const seed = hexToBytes(`0x${hex}`);
      return PATHS.map((path) => ({
        seed: bytesToHex(seed),
        seedCheck: seedCheck(seed),
        ...path,
        privateKey: subjectPrivateKey(seed, path),
        address: subjectAccount(seed, path).address,
      }));
    }),
  };
}
