import { ENGINES } from '../../testing/databases.ts';
import { narrowedBehavior } from './narrowed.behavior.ts';

for (const engine of ENGINES) narrowedBehavior(engine);
