/**
 * Makes the test vectors in `spec/vectors`, which contracts, TypeScript and anyone's own implementation must agree on. With
 * `--check` it writes nothing and fails when a file differs. The keys are fixed and known to everyone: for tests only.
 */

import { generated } from './generated.ts';
import { canonicalVectors } from './vectors/canonical-json.ts';
import { commitmentVectors } from './vectors/commitments.ts';
import { consentVectors } from './vectors/consent-terms.ts';
import { merkleVectors } from './vectors/merkle.ts';
import { proxiesGuardiansVectors } from './vectors/proxies-guardians.ts';
import { subjectVectors } from './vectors/subjects.ts';

const files = {
  'canonical-json': canonicalVectors(),
  commitments: commitmentVectors(),
  'consent-terms': await consentVectors(),
  merkle: merkleVectors(),
  'proxies-guardians': await proxiesGuardiansVectors(),
  subjects: subjectVectors(),
};

for (const [name, vectors] of Object.entries(files)) {
  generated(new URL(`../spec/vectors/${name}.json`, import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
}
