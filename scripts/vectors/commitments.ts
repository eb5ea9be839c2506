import { commitmentOf, type LogIdentity, leafHash } from '@anamnesis/protocol';
import { bytesToHex } from 'viem/utils';

const checkpoints = '0x3333333333333333333333333333333333333333';
const salt = `0x${'a5'.repeat(32)}` as const;
const record = '{"id":"maria","resourceType":"Patient"}';

const CASES: [string, LogIdentity, `0x${string}`, string][] = [
  ['a record', { kind: 'record', chainId: 31337, checkpoints, organization: 1 }, salt, record],
  ['the same as an access entry', { kind: 'access', chainId: 31337, checkpoints, organization: 1 }, salt, record],
  ['of another organisation', { kind: 'record', chainId: 31337, checkpoints, organization: 2 }, salt, record],
  [
    'on a chain of a large id',
    { kind: 'record', chainId: 2 ** 53 - 1, checkpoints, organization: 2 ** 32 - 1 },
    salt,
    record,
  ],
  [
    'with another salt',
    { kind: 'record', chainId: 31337, checkpoints, organization: 1 },
    `0x${'00'.repeat(32)}`,
    record,
  ],
  ['text beyond ASCII', { kind: 'record', chainId: 1, checkpoints, organization: 1 }, salt, '{"text":"João €😀"}'],
];

/** Salted commitments and the leaf hashes that they give. */
export function commitmentVectors() {
  return {
    description:
      'SHA-256( utf8("anamnesis/<kind>/v1\\n") ‖ uint64be chainId ‖ 20-byte checkpoints ‖ uint32be organization ‖ 32-byte salt ‖ utf8(content) )',
    cases: CASES.map(([name, log, saltHex, content]) => {
      const commitment = commitmentOf(log, saltHex, content);
      return {
        name,
        ...log,
        salt: saltHex,
        content,
        commitment: bytesToHex(commitment),
        leafHash: bytesToHex(leafHash(commitment)),
      };
    }),
  };
}
