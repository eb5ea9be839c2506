import { ENGINES } from '../../../testing/databases.ts';
import { describeConformance } from './conformance.behavior.ts';
import { describeHidden } from './hidden.behavior.ts';
import { describeSearch } from './search.behavior.ts';

for (const { name, open } of ENGINES) {
  describeSearch(name, open);
  describeConformance(name, open);
  describeHidden(name, open);
}
