/**
 * The longer run of the contracts' fuzz tests and invariants (profile `deep` of contracts/foundry.toml), for every night.
 *
 *     node scripts/test-contracts-deep.ts           with a new seed, which is printed
 *     node scripts/test-contracts-deep.ts 0xa11a    with this one, to see a failure again
 */
import { randomBytes } from 'node:crypto';
import { forge } from '../contracts/bin/forge.ts';

const seed = process.argv[2] ?? `0x${randomBytes(32).toString('hex')}`;
console.log(`seed ${seed}`);
const tests = ['--match-path', 'test/{fuzz,reference,invariant}/**'];
const { status, stdout, stderr } = forge(['test', '--fuzz-seed', seed, ...tests], 'deep');
console.log(stdout);
if (status !== 0) {
  console.error(stderr, `failed; to see it again: node scripts/test-contracts-deep.ts ${seed}`);
  process.exitCode = 1;
}
