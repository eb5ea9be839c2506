import { ENGINES } from '../../testing/databases.ts';
import { describeBundles } from './bundle/bundle.behavior.ts';
import { describeRecords } from './records.behavior.ts';

for (const { name, open } of ENGINES) {
  describeRecords(name, open);
  describeBundles(name, open);
}
