import { afterAll, beforeAll, describe } from 'vitest';
import { ENGINES, type TestDatabase } from '../../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../../testing/http-node.ts';
import { admitOrganization, startWorld, type World } from '../../testing/world.ts';
import { describeBinary } from './binary.behavior.ts';
import { describeBundles } from './bundle.behavior.ts';
import { describeCapability } from './capability.behavior.ts';
import { describeExport } from './export.behavior.ts';
import { describeHistory } from './history.behavior.ts';
import { describeOperations } from './operations.behavior.ts';
import { describePatch } from './patch.behavior.ts';
import { describeRead } from './read.behavior.ts';
import { describeSubscriptions } from './subscription.behavior.ts';
import { describeWrite } from './write.behavior.ts';

/** FHIR R4's RESTful interface by its sections (https://hl7.org/fhir/R4/http.html), over HTTP, on each engine. */
let world: World;

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.stop());

describe.each(ENGINES)('FHIR R4 on $name', ({ name, open }) => {
  let node: HttpNode;

  beforeAll(async () => {
    const own: TestDatabase = await open();
    const id = ENGINES.findIndex((engine) => engine.name === name) + 1;
    const who = await admitOrganization(world, id, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    node = await startHttpNode(world, who, own, { subscriptionRetryMs: 30 });
  }, 60_000);
  afterAll(() => node.stop());

  const subject = (): HttpNode => node;
  describeRead(subject);
  describeWrite(subject);
  describePatch(subject);
  describeHistory(subject);
  describeBundles(subject);
  describeBinary(subject);
  describeOperations(subject);
  describeExport(subject);
  describeSubscriptions(subject);
  describeCapability(subject);
});
