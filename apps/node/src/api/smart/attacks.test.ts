import { afterAll, beforeAll, describe } from 'vitest';
import { LOCATIONS } from '../../testing/databases.ts';
import { registerApp } from '../../testing/smart-app.ts';
import { fillSmartNode, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { startWorld, type World } from '../../testing/world.ts';
import type { Attacked } from './attacks/attacked.fixture.ts';
import { describePageAttacks } from './attacks/pages.behavior.ts';
import { describeRequestAttacks } from './attacks/requests.behavior.ts';
import { describeTokenAttacks } from './attacks/tokens.behavior.ts';

/** What is tried against sign-in and tokens of apps, on each engine. */
let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 120_000);
afterAll(() => world?.stop());

describe.each(LOCATIONS)('attacks on $name', ({ at }) => {
  let node: SmartNode;
  let app: string;
  beforeAll(async () => {
    node = await startSmartNode(world, await at());
    await fillSmartNode(node);
    app = (await registerApp(node)).id;
  }, 120_000);
  afterAll(() => node?.stop());

  const attacked = (): Attacked => ({ node, app, another: async () => startSmartNode(world, await at()) });
  describeRequestAttacks(attacked);
  describeTokenAttacks(attacked);
  describePageAttacks(attacked);
});
