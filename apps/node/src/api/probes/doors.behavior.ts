import { verifyRecordProof } from '@anamnesis/protocol';
import { expect, test } from 'vitest';
import { classes, mine, within } from './oracle.fixture.ts';
import type { Caller } from './paths.fixture.ts';
import { named, PROBES, type Probe } from './records.fixture.ts';
import type { ProbeWorld } from './world.fixture.ts';

/** Everything beside reading that another organisation could open: what it is told, how alike refusals are, and every other route of the node. */
export function describeDoors(world: () => ProbeWorld): void {
  const shown = PROBES.filter((probe) => !probe.old && mine(probe) && within()(probe)).map(named);
  const hidden = PROBES.filter((probe) => !shown.includes(named(probe)));
  const callerUnder = async (change = {}): Promise<Caller> =>
    world().callerOf((await world().tokenFor({}, await world().grant(change))) as string);

  test('behavior: what a permit obliges to stands in what is given, and a proof holds without it', async () => {
    const { node, grant, tokenFor } = world();
    const token = (await tokenFor({}, await grant({ sensitive: classes('substance-use') }))) as string;
    const { json: found } = await node.send('GET', '/Condition', { token });
    const codes = found.meta.security.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(['R', 'NORDSCLCD', 'REDACTED']);
    expect(found.meta.security[1].display).toContain('Not to be disclosed further');
    const { json: read } = await node.send('GET', '/Condition/alcohol', { token });
    expect(read.meta.security.map(({ code }: { code: string }) => code)).toEqual(['R', 'ETH', 'NORDSCLCD']);
    const { text } = await world().callerOf(token).send('GET', '/api/v1/proofs/records/Condition/alcohol/1');
    expect(verifyRecordProof(JSON.parse(text), read)).toEqual({ ok: true });
    expect(verifyRecordProof(JSON.parse(text), { ...read, onsetDateTime: '2001' })).toMatchObject({ ok: false });
  });

  test('behavior: what is hidden and what is not there are answered alike', async () => {
    const caller = await callerUnder();
    const alike = async (there: string, absent: string, method = 'GET') => {
      const [a, b] = [
        await caller.send(method, there, undefined, { 'x-request-id': 'r' }),
        await caller.send(method, absent, undefined, { 'x-request-id': 'r' }),
      ];
      const plain = ({ status, text }: { status: number; text: string }, path: string) => ({
        status,
        text: text.replaceAll(`/${path.split('/').at(2)}`, '/…'),
      });
      expect(plain(a, there)).toEqual(plain(b, absent));
    };
    for (const one of hidden) {
      await alike(`/${named(one)}`, `/${one.type}/absent`);
      await alike(`/${named(one)}`, `/${one.type}/absent`, 'HEAD');
      await alike(`/${named(one)}/_history/1`, `/${one.type}/absent/_history/1`);
      await alike(`/${named(one)}/_history`, `/${one.type}/absent/_history`);
      await alike(`/${named(one)}/$meta`, `/${one.type}/absent/$meta`);
      await alike(`/api/v1/proofs/records/${named(one)}/1`, `/api/v1/proofs/records/${one.type}/absent/1`);
    }
    await alike('/Patient/john/$everything', '/Patient/absent/$everything');
  });

  test('behavior: every route that is served, asked under a consent, tells nothing of what it hides', async () => {
    const caller = await callerUnder();
    const routes = world().node.routes.filter(({ method, path }) => method === 'GET' && path !== '/*');
    expect(routes.length).toBeGreaterThan(60);
    const unspoken = hidden.filter(({ type, patient }) => patient !== null && type !== 'Patient');
    const told: string[] = [];
    for (const { path } of routes) {
      for (const one of unspoken.filter((_, number) => number % 5 === 0)) {
        const { status, text } = await caller.send('GET', filled(path, one));
        const canaries = [one.id, ...(one.code === null ? [] : [one.code])].filter((word) => isCanary(word, one));
        if (status < 400 && canaries.some((word) => withoutEcho(text, one).includes(word)))
          told.push(`${path} ${one.id}`);
      }
    }
    expect(told).toEqual([]);
  }, 120_000);

  test('behavior: the logs tell sizes and hashes, the same to everybody', async () => {
    const caller = await callerUnder();
    for (const path of [
      '/api/v1/logs/records',
      '/api/v1/logs/access',
      '/api/v1/logs/records/leaves?start=0&end=1000',
      '/api/v1/logs/records/consistency?from=1&to=5',
      '/api/v1/tlog/records/tile/0/000',
      '/api/v1/tlog/records/tile/entries/000',
    ]) {
      const { text } = await caller.send('GET', path);
      expect([path, PROBES.filter((one) => text.includes(one.id) && isCanary(one.id, one)).map(named)]).toEqual([
        path,
        [],
      ]);
    }
  });

  test('behavior: what another organisation may not ask at all is refused, whoever it is about', async () => {
    const caller = await callerUnder({ sensitive: classes('hiv') });
    for (const [method, path, body] of [
      [
        'POST',
        '/Patient/$match',
        {
          resourceType: 'Parameters',
          parameter: [
            { name: 'resource', resource: { resourceType: 'Patient', name: [{ family: 'Probe', given: ['A'] }] } },
          ],
        },
      ],
      ['GET', '/AuditEvent?patient=maria'],
      ['GET', '/Patient/maria/AuditEvent'],
      ['GET', '/api/v1/access-log?patient=maria'],
      ['GET', '/api/v1/accounting?patient=maria'],
      ['GET', '/api/v1/export?patient=maria'],
      ['GET', `/api/v1/consents?subject=${world().maria.address}`],
      ['GET', `/api/v1/received?custodian=2&subject=${world().maria.address}`],
      ['GET', '/api/v1/emergencies'],
      ['GET', '/api/v1/requests?patient=maria'],
      ['GET', '/api/v1/breach-report?organization=2'],
      ['GET', '/api/v1/report'],
      ['GET', '/api/v1/proofs/access/0'],
      ['POST', '/Condition', { resourceType: 'Condition', subject: { reference: 'Patient/maria' } }],
    ] as const) {
      const { status, text } = await caller.send(method, path, body);
      expect([path, [401, 403].includes(status), status]).toEqual([path, true, status]);
      expect(text).not.toMatch(/F32|depression|2345-7/);
    }
  });

  test('behavior: work on the database is the same whether something is hidden or nothing is there', async () => {
    const caller = await callerUnder();
    const statements = async (path: string): Promise<number> => {
      const { database } = world().node.context;
      let count = 0;
      const original = database.transaction.bind(database);
      const counted = ((work: (tx: never) => Promise<unknown>) =>
        original(async (tx) => {
          const query = tx.query.bind(tx);
          return work({
            ...tx,
            onCommit: tx.onCommit.bind(tx),
            query: (...given: Parameters<typeof query>) => {
              count++;
              return query(...given);
            },
          } as never);
        })) as typeof database.transaction;
      Object.assign(database, { transaction: counted });
      try {
        await caller.send('GET', path);
      } finally {
        Object.assign(database, { transaction: original });
      }
      return count;
    };
    const there = await statements('/Condition?_id=depression&_summary=count');
    expect(there).toBeGreaterThan(0);
    expect(there).toBe(await statements('/Condition?_id=absent&_summary=count'));
  });
}

/** A path of a route with its parameters filled so that it leads to a record. */
function filled(path: string, one: Probe): string {
  const values: Record<string, string> = {
    ...{ type: one.type, id: one.id, version: '1', within: '*', log: 'records', index: '0', organization: '1' },
  };
  return path
    .replace('/fhir/R4', '')
    .replace(/:(\w+)/g, (_, name: string) => values[name] ?? one.id)
    .replace('*', one.id)
    .replace(/^(?=$)/, '/');
}

/** What stands in what was asked may stand in the answer: a search names itself. */
function withoutEcho(text: string, one: Probe): string {
  return text.replaceAll(/"link":\[[^\]]*\]/g, '').replaceAll(`${one.type}/${one.id}/*`, '');
}

/** Words that nothing else has: some ids are words, and some stand in another record, which may be seen and refers to what may not. */
function isCanary(word: string, one: Probe): boolean {
  const common = ['chromosome', 'hiv', 'maria', 'john', 'source', 'letter', 'scan', 'remark', 'assault', 'violence'];
  return (
    word.length > 5 &&
    !common.includes(word) &&
    !PROBES.some((probe) => named(probe) !== named(one) && JSON.stringify(probe.content).includes(word))
  );
}
