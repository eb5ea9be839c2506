import { expect, test } from 'vitest';
import { startHook, type Told } from '../../testing/hook.ts';
import { everyClass, mine, SILVA, within } from './oracle.fixture.ts';
import { named, PROBES } from './records.fixture.ts';
import type { ProbeWorld } from './world.fixture.ts';

/** What a refusal ends: reads under way, pages that were begun, subscriptions that stand. */
export function describeRefusals(world: () => ProbeWorld): void {
  const nextOf = (text: string): string | undefined =>
    (JSON.parse(text) as { link?: { relation: string; url: string }[] }).link?.find(
      ({ relation }) => relation === 'next',
    )?.url;
  const idsIn = (text: string): string[] =>
    ((JSON.parse(text) as { entry?: { resource?: { resourceType: string; id: string } }[] }).entry ?? []).flatMap(
      ({ resource }) => (resource === undefined ? [] : [`${resource.resourceType}/${resource.id}`]),
    );

  test('behavior: while a hundred clients read, nothing that was asked after the node followed the block of her refusal is answered with data', async () => {
    const at = world();
    const given = await at.grant();
    const caller = at.callerOf((await at.tokenFor({}, given)) as string);
    let [followed, stop] = [Number.POSITIVE_INFINITY, false];
    const late: number[] = [];
    let early = 0;
    const client = async (): Promise<void> => {
      while (!stop) {
        const asked = performance.now();
        const { status } = await caller.send('GET', '/Condition/diabetes');
        if (asked > followed) late.push(status);
        else if (status === 200) early++;
      }
    };
    expect((await caller.send('GET', '/Condition/diabetes')).status).toBe(200);
    const clients = Array.from({ length: 100 }, client);
    while (early < 100) await caller.send('GET', '/Condition/diabetes');
    await at.refuseOnLedger(given.terms.index);
    await at.settled();
    followed = performance.now();
    while (late.length < 100) await caller.send('GET', '/Condition/diabetes');
    stop = true;
    await Promise.all(clients);
    expect(early).toBeGreaterThan(0);
    expect(new Set(late)).toEqual(new Set([403]));
  });

  test('behavior: a page that was begun under a wide consent goes on within a narrow one, and after the refusal not at all', async () => {
    const at = world();
    const wide = await at.grant({ sensitive: everyClass });
    const first = at.callerOf((await at.tokenFor({}, wide)) as string);
    const narrow = at.callerOf((await at.tokenFor({}, await at.grant())) as string);
    const visible = PROBES.filter((one) => mine(one) && within()(one) && !one.old).map(named);
    const cursors: string[] = [];
    for (const path of [
      '/Condition?_count=1&_sort=_lastUpdated',
      '/?_count=2',
      '/Patient/maria/$everything?_count=2',
    ]) {
      const cursor = nextOf((await first.send('GET', path)).text) as string;
      cursors.push(cursor);
      for (let next: string | undefined = cursor; next !== undefined; ) {
        const { status, text } = await narrow.send('GET', next);
        expect([path, status]).toEqual([path, 200]);
        const ids = idsIn(text);
        expect([path, ids.filter((id) => !visible.includes(id) && !id.startsWith('Practitioner/'))]).toEqual([
          path,
          [],
        ]);
        next = nextOf(text);
      }
    }
    await at.refuse(wide.terms.index);
    for (const cursor of cursors) {
      const { status, text } = await first.send('GET', cursor);
      expect([status, (JSON.parse(text) as { resourceType: string }).resourceType]).toEqual([403, 'OperationOutcome']);
    }
  });

  test('behavior: an emergency whose block is reorganised away opens nothing any more', async () => {
    const at = world();
    const asked = { emergency: 'first', practitioner: SILVA } as const;
    const given = await at.grant();
    const before = await at.block();
    await at.declareAgain();
    const caller = at.callerOf((await at.tokenFor(asked, given)) as string);
    expect((await caller.send('GET', '/Condition/diabetes')).status).toBe(200);
    await at.reorganise(before);
    await at.settled();
    expect((await caller.send('GET', '/Condition/diabetes')).status).toBe(403);
    expect((await caller.send('GET', '/Condition?_summary=count')).status).toBe(403);
    expect(await at.tokenFor(asked, given)).toBeNull();
  });

  test('behavior: a refusal on the ledger counts as long as its block does, one that was received here for good', async () => {
    const at = world();
    const given = await at.grant();
    const caller = at.callerOf((await at.tokenFor({}, given)) as string);
    const status = async () => (await caller.send('GET', '/Condition/diabetes')).status;
    expect(await status()).toBe(200);
    const before = await at.block();
    await at.refuseOnLedger(given.terms.index);
    await at.settled();
    expect(await status()).toBe(403);
    await at.reorganise(before);
    await at.settled();
    expect(await status()).toBe(200);
    await at.refuse(given.terms.index);
    await at.settled();
    await at.reorganise(before);
    await at.settled();
    expect(await status()).toBe(403);
  });

  test('behavior: what another process of the node takes in counts at the next request of this one', async () => {
    const at = world();
    const given = await at.grant();
    const caller = at.callerOf((await at.tokenFor({}, given)) as string);
    const { database } = at.node.context;
    const status = async () => (await caller.send('GET', '/Condition/diabetes')).status;
    expect([await status(), await status()]).toEqual([200, 200]);
    const bit = [at.maria.address.toLowerCase(), given.terms.index];
    const write = `insert into refusal (subject, index, signature, received_at) values ($1, $2, '0x', 0)`;
    await database.query(write, bit);
    expect(await status()).toBe(403);
    await database.query('delete from refusal where subject = $1 and index = $2', bit);
    expect(await status()).toBe(200);
    // What was rolled back never was.
    const failed = database.transaction(async (tx) => {
      await tx.query(write, bit);
      throw new Error('taken back');
    });
    await expect(failed).rejects.toThrow('taken back');
    expect(await status()).toBe(200);
    await database.query('update ledger_organization set active = false where id = 2');
    expect(await status()).toBe(403);
    await database.query('update ledger_organization set active = true where id = 2');
    expect(await status()).toBe(200);
  });

  test('behavior: a subscription tells of what the consent opens, without a number for anything else, and ends with it', async () => {
    const [at, hook] = [world(), await startHook()];
    const given = await at.grant();
    const caller = at.callerOf((await at.tokenFor({}, given)) as string);
    const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-';
    const made = await caller.send('POST', '/Subscription', {
      ...{ resourceType: 'Subscription', status: 'requested', reason: 'A probe' },
      criteria: 'https://anamnesis.example/SubscriptionTopic/record-changed',
      _criteria: {
        extension: ['Condition', 'Observation'].map((type) => ({
          url: `${backport}filter-criteria`,
          valueString: type,
        })),
      },
      channel: {
        ...{ type: 'rest-hook', endpoint: hook.url, payload: 'application/fhir+json' },
        _payload: { extension: [{ url: `${backport}payload-content`, valueCode: 'id-only' }] },
      },
    });
    expect([made.status, made.status === 201 || made.text]).toEqual([201, true]);
    const { id } = JSON.parse(made.text) as { id: string };
    const touched = (one: string) => PROBES.find((probe) => named(probe) === one && !probe.old)?.content as object;
    // What is hidden comes first, so that it would have the first numbers.
    const language = ['en', 'pt'][at.nextIndex() % 2];
    for (const one of ['Condition/depression', 'Observation/hiv', 'Observation/johns-glucose', 'Observation/glucose'])
      await at.put({ ...touched(one), language });
    const isEvent = ({ text }: Told) => text.includes('event-number');
    await hook.until(1, (told) => isEvent(told) && told.text.includes('Observation/glucose'));
    const events = hook.told
      .filter(isEvent)
      .map(({ text }) => text)
      .join();
    expect(events).toMatch(/"name":"event-number","valueString":"1"/);
    expect(events).not.toMatch(/"valueString":"2"|depression|Observation\/hiv|johns-glucose/);
    const ask = () => caller.send('GET', `/Subscription/${id}/$events?eventsSinceNumber=1`);
    // An event counts as told once the node has noted the hook's answer.
    await expect.poll(async () => (await ask()).text).toContain('Observation/glucose');
    const asked = await ask();
    expect(asked.status).toBe(200);
    expect(asked.text).not.toMatch(/depression|Observation\/hiv|johns-glucose/);
    await at.refuse(given.terms.index);
    const after = await ask();
    expect([after.status, after.text.includes('glucose')]).toEqual([403, false]);
    await hook.stop();
  });
}
