import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { grantee } from '../../testing/records-world.ts';
import type { Operated } from './operations.fixture.ts';
import { refusal, type Subject } from './suite.fixture.ts';

/** Labels, tags and profiles of a record, a type and everything (https://hl7.org/fhir/R4/resource-operation-meta.html). */
export function describeMeta(subject: Subject, use: Operated): void {
  const { send, id, operations } = use;

  describe('$meta', () => {
    const metaOf = async (path: string) => (await send('GET', path)).json.parameter[0].valueMeta;

    test('default: of a record, as it stands', async () => {
      const { meta } = (await send('GET', `/Organization/${id('ward')}`)).json;
      expect(await metaOf(`/Organization/${id('ward')}/$meta`)).toEqual(meta);
    });

    test('behavior: of a type and of everything: the labels in use, as far as they may be seen', async () => {
      const tag = { system: 'urn:tag', code: id('tag') };
      expect((await metaOf('/Organization/$meta')).tag).toContainEqual(tag);
      expect((await metaOf('/$meta')).tag).toContainEqual(tag);
      expect((await metaOf('/Patient/$meta')).tag ?? []).not.toContainEqual(tag);
      const secret = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' };
      expect((await metaOf('/Observation/$meta')).security).toContainEqual(secret);
      const { parameter } = await operations(grantee(id('maria'))).meta('Observation', null);
      expect((parameter as { valueMeta: object }[])[0]?.valueMeta).toEqual({});
    });

    test('error: 404 for what is not there', async () => {
      expect(refusal(await send('GET', `/Patient/${randomUUID()}/$meta`))).toBe('404 not-found');
      expect(refusal(await send('GET', '/Nonsense/$meta'))).toBe('404 not-found');
    });
  });

  describe('$meta-add and $meta-delete', () => {
    const coding = (code: string) => ({ system: 'urn:tag', code });
    const change = (how: string, path: string, meta: unknown, headers: Record<string, string> = {}) =>
      send('POST', `${path}/$meta-${how}`, {
        headers,
        body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] },
      });

    test('default: labels, tags and profiles are added once and taken out; the rest stays', async () => {
      const made = await send('POST', '/Organization', {
        body: { resourceType: 'Organization', name: 'Ward 1.0', meta: { tag: [coding('a')], source: 'urn:x' } },
      });
      const path = `/Organization/${made.json.id}`;
      const more = { tag: [coding('a'), coding('b')], security: [coding('c')], profile: ['http://example.org/p'] };
      const added = await change('add', path, more, { 'if-match': 'W/"1"' });
      expect([added.status, added.json.parameter[0].name]).toEqual([200, 'return']);
      expect(added.json.parameter[0].valueMeta).toMatchObject({ ...more, source: 'urn:x', versionId: '2' });
      expect((await send('GET', `/Organization?_tag=urn:tag|b&_id=${made.json.id}&_summary=count`)).json.total).toBe(1);
      // Again: nothing to add, and no version.
      expect((await change('add', path, more)).json.parameter[0].valueMeta.versionId).toBe('2');
      const deleted = await change('delete', path, {
        tag: [coding('a'), coding('z')],
        profile: ['http://example.org/p'],
      });
      const { meta, name } = (await send('GET', path)).json;
      expect([deleted.json.parameter[0].valueMeta, name]).toEqual([meta, 'Ward 1.0']);
      expect(meta).toMatchObject({ tag: [coding('b')], security: [coding('c')], versionId: '3' });
      expect(meta.profile).toBeUndefined();
    });

    test('error: no meta, no record, another version, not allowed', async () => {
      const path = `/Organization/${id('ward')}`;
      expect(refusal(await send('POST', `${path}/$meta-add`, { body: { resourceType: 'Parameters' } }))).toBe(
        '400 invalid',
      );
      expect((await change('add', path, { tag: 'x' })).status).toBe(422);
      expect(refusal(await change('add', `/Organization/${randomUUID()}`, { tag: [coding('a')] }))).toBe(
        '404 not-found',
      );
      expect((await change('delete', path, { tag: [coding('a')] }, { 'if-match': 'W/"77"' })).status).toBe(412);
      const token = subject().tokens.operator;
      const body = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [coding('a')] } }] };
      expect((await send('POST', `${path}/$meta-add`, { token, body })).status).toBe(403);
    });
  });
}
