import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../testing/hospitals.ts';
import { askToken } from '../../testing/token.ts';

import { expectRefusal, FHIR, grantOf, restartAttacked, send, world } from './asking.fixture.ts';

/** The ledger is away for a while. */
export function describeOutage(): void {
  describe('a ledger that is gone', () => {
    beforeAll(restartAttacked);

    test('default: local care goes on, releases stop, and when it is back everything catches up', async () => {
      const { aldhelm, luzNova, desk, silva, testbed } = world;
      const grant = await grantOf({ index: 300 });
      const ask = () => silva.fetchFromPeer({ ...grant, custodian: aldhelm.organization, purpose: 'TREAT' });
      await eventually('a release', () => ask().catch(() => null));
      const token = await eventually('a token', async () => {
        const answer = await askToken(luzNova, aldhelm, grant);
        return answer.ok ? ((await answer.json()) as { access_token: string }).access_token : null;
      });
      const release = () =>
        send({ call: `GET ${FHIR}/Observation?patient=Patient/${world.maria.patient}&_count=1`, token });

      await testbed.ledger.stop();
      const refused = await eventually('the end of releases', async () => {
        const answer = await release();
        return answer.status === 200 ? null : answer;
      });
      expect(await expectRefusal(refused, 503, FHIR)).toContain('ledger-stale');
      // Neither a token nor a release, at either end; and it is not told as if Maria had refused.
      const fresh = await askToken(luzNova, aldhelm, grant);
      expect(await expectRefusal(fresh, 503, '/auth')).toContain('ledger-stale');
      // Until its own view is too old, too, Luz Nova goes on asking and passes on that St. Aldhelm does not release.
      await eventually('a refusal by Luz Nova itself', () =>
        ask().then(
          () => null,
          ({ status }: { status?: number }) => (status === 503 ? true : null),
        ),
      );
      await expect(
        silva.getReceived({ custodian: aldhelm.organization, subject: world.maria.signer.address }),
      ).rejects.toMatchObject({ status: 503 });

      // Care goes on, and so do her decisions; nonsense is still nonsense.
      const { size } = await desk.getLog('records');
      const made: string[] = [];
      for (let n = 0; n < 5; n++) {
        const created = await desk.fhir.create({ resourceType: 'Basic', code: { text: `during ${n}` } });
        made.push(created.id ?? '');
        expect(await desk.fhir.read('Basic', created.id ?? '')).toMatchObject({ code: { text: `during ${n}` } });
      }
      expect((await desk.fhir.search('Patient', { _count: 1 })).entry).toHaveLength(1);
      expect((await send({ call: 'GET /readyz', token: null })).status).toBe(200);
      const given = await grantOf({ index: 301 });
      const consent = { call: 'POST /api/v1/consents', type: 'application/json', token: null };
      expect((await send({ ...consent, body: JSON.stringify(given) })).status).toBe(201);
      const forged = { ...given, terms: { ...given.terms, index: 302 } };
      await expectRefusal(await send({ ...consent, body: JSON.stringify(forged) }), 403, '/api');
      const { client, signer } = world.maria;
      await client.revokeConsent({ subject: signer.address, index: 301, domain: world.domain, signer });
      expect((await desk.getLog('records')).size).toBe(size + 5);
      expect((await desk.getLog('records')).checkpoint?.size ?? 0).toBeLessThanOrEqual(size);

      await testbed.ledger.start();
      await eventually('the seal', async () => {
        const { size: now, checkpoint } = await desk.getLog('records');
        return checkpoint?.size === now ? true : null;
      });
      expect((await eventually('releases', () => ask().catch(() => null))).released).toBeGreaterThan(0);
      expect((await release()).status).toBe(200);
      // What she refused meanwhile reached the ledger by itself.
      await eventually('the refusal', async () =>
        (await world.ledger.isRevoked({ subject: signer.address, index: 301 })) ? true : null,
      );
      for (const id of made)
        expect((await desk.getProof({ type: 'Basic', id, version: '1' })).checkpoint).not.toBeNull();
    });
  });
}
