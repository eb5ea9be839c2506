import { describe, expect, test } from 'vitest';
import {
  allow,
  answerIn,
  askToken,
  authorization,
  CALLBACK,
  launchApp,
  registerApp,
  signInAs,
} from '../../../testing/smart-app.ts';
import { newVisitor } from '../../../testing/visitor.ts';
import type { Attacked } from './attacked.fixture.ts';

/** Codes and tokens, and what is left of them. */
export function describeTokenAttacks(at: () => Attacked): void {
  const statusWith = async (token: string, path = 'Observation'): Promise<number> =>
    (await at().node.fhir(path, { token })).status;
  const exchange = (code: string, verifier: string, over: Record<string, string> = {}) =>
    askToken(at().node, {
      ...{
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        client_id: at().app,
        code_verifier: verifier,
      },
      ...over,
    });
  /** A code that nobody has exchanged. */
  async function freshCode(scope = 'launch/patient patient/*.rs'): Promise<{ code: string; verifier: string }> {
    const visitor = newVisitor();
    const { url, verifier } = authorization(at().node, at().app, { scope });
    const page = await signInAs(visitor, await visitor.open(url), 'Maria Santos');
    const { code = '' } = answerIn(await allow(visitor, page));
    return { code, verifier };
  }

  describe('codes and tokens', () => {
    test('error: a code used again ends what came of it', async () => {
      const { code, verifier } = await freshCode();
      const first = await exchange(code, verifier);
      expect([first.status, await statusWith(first.body.access_token)]).toEqual([200, 200]);
      expect(await exchange(code, verifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect(await statusWith(first.body.access_token)).toBe(401);
    });

    test('error: a code used twice at one moment', async () => {
      const { code, verifier } = await freshCode();
      const answers = await Promise.all([1, 2, 3, 4].map(() => exchange(code, verifier)));
      expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    });

    test('error: a code with another verifier, address or app', async () => {
      const other = await registerApp(at().node);
      for (const over of [
        { code_verifier: 'a'.repeat(43) },
        { redirect_uri: 'http://127.0.0.1:9/other' },
        { client_id: other.id },
      ]) {
        const { code, verifier } = await freshCode();
        expect(await exchange(code, verifier, over)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      }
    });

    test('error: a refresh token used again ends the whole family', async () => {
      const token = await launchApp(at().node, at().app, { scope: 'launch/patient patient/*.rs offline_access' });
      const refresh = (value = '') =>
        askToken(at().node, { grant_type: 'refresh_token', refresh_token: value, client_id: at().app });
      const second = await refresh(token.refresh_token);
      expect([second.status, await statusWith(second.body.access_token)]).toEqual([200, 200]);
      expect(second.body.refresh_token).not.toBe(token.refresh_token);
      expect(await refresh(token.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect(await refresh(second.body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect(await statusWith(second.body.access_token)).toBe(401);
      expect(await statusWith(token.access_token)).toBe(401);
    });

    test('behavior: a revoked token opens nothing, and introspection says so', async () => {
      const token = await launchApp(at().node, at().app, { scope: 'openid fhirUser launch/patient patient/*.rs' });
      const post = (path: string) =>
        fetch(`${at().node.url}/oauth/${path}`, {
          method: 'POST',
          body: new URLSearchParams({ token: token.access_token, client_id: at().app }),
        });
      expect(await (await post('introspect')).json()).toMatchObject({
        active: true,
        client_id: at().app,
        patient: 'maria',
        scope: token.scope,
        fhirUser: `${at().node.base}/Practitioner/hale`,
      });
      expect((await post('revoke')).status).toBe(200);
      expect(await (await post('introspect')).json()).toEqual({ active: false });
      expect(await statusWith(token.access_token)).toBe(401);
    });

    test('error: another public app asks about a token, or revokes it', async () => {
      const token = await launchApp(at().node, at().app);
      const other = await registerApp(at().node);
      const post = (path: string) =>
        fetch(`${at().node.url}/oauth/${path}`, {
          method: 'POST',
          body: new URLSearchParams({ token: token.access_token, client_id: other.id }),
        });
      expect(await (await post('introspect')).json()).toEqual({ active: false });
      await post('revoke');
      expect(await statusWith(token.access_token)).toBe(200);
    });

    test('behavior: an app or a person that was ended opens nothing more, at once', async () => {
      const { id } = await registerApp(at().node);
      const token = await launchApp(at().node, id);
      const headers = { authorization: `Bearer ${at().node.tokens.operator}` };
      expect((await fetch(`${at().node.url}/api/v1/apps/${id}`, { method: 'DELETE', headers })).status).toBe(204);
      expect(await statusWith(token.access_token)).toBe(401);
      const bell = await launchApp(at().node, at().app, { user: 'Dr Bell' });
      const { database } = at().node.running.context;
      await database.query("update smart_user set disabled = true where fhir_user = 'Practitioner/bell'");
      expect(await statusWith(bell.access_token)).toBe(401);
      await database.query("update smart_user set disabled = false where fhir_user = 'Practitioner/bell'");
    });

    test('behavior: no token, code or secret stands in the database', async () => {
      const { id, secret = '' } = await registerApp(at().node, { kind: 'confidential' });
      expect(id).not.toBe('');
      const token = await launchApp(at().node, at().app, { scope: 'launch/patient patient/*.rs offline_access' });
      const rows: object[] = [];
      for (const table of ['smart_app', 'smart_entry', 'smart_user', 'smart_attempt']) {
        rows.push(...(await at().node.running.context.database.query<object>(`select * from ${table}`)));
      }
      const text = rows
        .flatMap((row) => Object.values(row) as unknown[])
        .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
        .join('\n');
      expect(secret).toMatch(/^ana_c_/);
      for (const hidden of [token.access_token, token.refresh_token ?? '', token.code, secret])
        expect(text).not.toContain(hidden);
    });
  });
}
