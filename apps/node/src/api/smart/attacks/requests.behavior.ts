import { describe, expect, test } from 'vitest';
import {
  answerIn,
  askToken,
  authorization,
  CALLBACK,
  launchApp,
  registerApp,
  signInAs,
} from '../../../testing/smart-app.ts';
import { filled, formIn, newVisitor } from '../../../testing/visitor.ts';
import type { Attacked } from './attacked.fixture.ts';

/** What an app asks for: the authorization request, scopes and launches. */
export function describeRequestAttacks(at: () => Attacked): void {
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

  describe('the authorization request', () => {
    const refusedWith = async (over: Record<string, string | null>) =>
      answerIn(await newVisitor().open(authorization(at().node, at().app, over).url, CALLBACK));

    test('error: without PKCE, or with a plain challenge', async () => {
      for (const over of [
        { code_challenge: null, code_challenge_method: null },
        { code_challenge_method: 'plain' },
        { code_challenge_method: null },
      ]) {
        expect(await refusedWith(over)).toMatchObject({ error: 'invalid_request', iss: `${at().node.url}/oauth` });
      }
    });

    test('error: for another FHIR server, or for none', async () => {
      for (const aud of ['https://evil.example/fhir', null]) {
        expect(await refusedWith({ aud })).toMatchObject({ error: 'invalid_request' });
      }
      expect(await refusedWith({ resource: 'https://evil.example/fhir' })).toMatchObject({ error: 'invalid_target' });
    });

    test('error: an answer of another kind, or in the fragment', async () => {
      const token = await newVisitor().open(
        authorization(at().node, at().app, { response_type: 'token' }).url,
        CALLBACK,
      );
      expect(new URL(token.url).hash).toContain('error=unsupported_response_type');
      expect(await refusedWith({ response_mode: 'web_message' })).toMatchObject({ error: 'unsupported_response_mode' });
    });

    test('error: to an address that is not registered: a page says so, and nobody is sent anywhere', async () => {
      for (const redirect of [
        'https://evil.example/',
        `${CALLBACK}/../evil`,
        `${CALLBACK}?x=1`,
        'javascript:alert(1)',
        '//evil.example',
        null,
      ]) {
        const page = await newVisitor().open(authorization(at().node, at().app, { redirect_uri: redirect }).url);
        expect([page.status, new URL(page.url).origin]).toEqual([400, at().node.url]);
        expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(page.text).not.toContain('<script');
      }
    });

    test('error: of an app that nobody registered', async () => {
      const page = await newVisitor().open(authorization(at().node, 'nobody').url);
      expect([page.status, new URL(page.url).origin]).toEqual([400, at().node.url]);
    });

    test('error: with markup in what it says', async () => {
      const page = await newVisitor().open(
        `${at().node.url}/oauth/authorize?client_id=%3Cscript%3Ealert(1)%3C/script%3E`,
      );
      expect(page.text).not.toContain('<script>alert');
    });
  });

  describe('scopes', () => {
    test('error: what the form adds to what was offered is not granted', async () => {
      const { id } = await registerApp(at().node, { scope: 'launch/patient patient/Observation.rs' });
      const visitor = newVisitor();
      const { url, verifier } = authorization(at().node, id, { scope: 'launch/patient patient/Observation.rs' });
      const page = await signInAs(visitor, await visitor.open(url), 'Maria Santos');
      const more = {
        p1: 'on',
        p7: 'on',
        'p0.Patient': 'on',
        openid: 'on',
        offline_access: 'on',
        scope: 'user/*.cruds',
        patient: 'john',
      };
      const { code = '' } = answerIn(await visitor.submit(filled(formIn(page, '/consent'), more), CALLBACK));
      const { body } = await exchange(code, verifier, { client_id: id });
      expect([body.scope, body.patient]).toEqual(['launch/patient patient/Observation.rs', 'maria']);
    });

    test('error: refreshing for more', async () => {
      const token = await launchApp(at().node, at().app, {
        scope: 'launch/patient patient/Observation.rs offline_access',
      });
      const form = { grant_type: 'refresh_token', refresh_token: token.refresh_token ?? '', client_id: at().app };
      expect(await askToken(at().node, { ...form, scope: 'patient/*.cruds' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      });
    });

    test('error: a patient picks somebody else', async () => {
      const visitor = newVisitor();
      const page = await signInAs(visitor, await visitor.open(authorization(at().node, at().app).url), 'Maria Santos');
      const { action, fields } = formIn(page, '/consent');
      const after = await visitor.submit({
        action: action.replace(/consent$/, 'patient'),
        fields: new URLSearchParams([...fields, ['patient', 'john']]),
      });
      expect(after.text).not.toContain('john');
    });

    test('error: an app’s token outside the FHIR interface', async () => {
      const { access_token: token } = await launchApp(at().node, at().app, { scope: 'user/*.cruds' });
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      for (const path of [
        'access-log?patient=maria',
        'export?patient=maria',
        'consents?subject=0x00000000000000000000000000000000000000aa',
        'apps',
      ]) {
        expect((await fetch(`${at().node.url}/api/v1/${path}`, { headers })).status).toBe(403);
      }
      const body = JSON.stringify({ patient: 'maria' });
      for (const path of ['launch', 'exchange/fetch', 'users']) {
        expect((await fetch(`${at().node.url}/api/v1/${path}`, { method: 'POST', headers, body })).status).toBe(403);
      }
    });
  });

  describe('launches', () => {
    const launchOf = async (patient: string, over: object = {}): Promise<string> => {
      const made = await at().node.api('launch', { patient, ...over }, 'clinician');
      return ((await made.json()) as { launch: string }).launch;
    };

    test('error: the launch of somebody else', async () => {
      const launch = await launchOf('john');
      for (const user of ['Dr Bell', 'Maria Santos']) {
        await expect(launchApp(at().node, at().app, { user, scope: 'launch patient/*.rs', launch })).rejects.toThrow(
          'access_denied',
        );
      }
    });

    test('error: a launch used again, made up, or of another app', async () => {
      const launch = await launchOf('john');
      await launchApp(at().node, at().app, { scope: 'launch patient/*.rs', launch });
      await expect(launchApp(at().node, at().app, { scope: 'launch patient/*.rs', launch })).rejects.toThrow(
        'access_denied',
      );
      await expect(launchApp(at().node, at().app, { scope: 'launch patient/*.rs', launch: 'made-up' })).rejects.toThrow(
        'access_denied',
      );
      const other = await registerApp(at().node);
      const bound = await launchOf('john', { app: other.id });
      await expect(launchApp(at().node, at().app, { scope: 'launch patient/*.rs', launch: bound })).rejects.toThrow(
        'access_denied',
      );
    });

    test('error: launching for somebody else, for a stranger’s visit, or without being staff', async () => {
      expect((await at().node.api('launch', { patient: 'john', user: 'Practitioner/bell' }, 'clinician')).status).toBe(
        403,
      );
      expect((await at().node.api('launch', { patient: 'john', user: 'Practitioner/bell' }, 'integrator')).status).toBe(
        201,
      );
      expect((await at().node.api('launch', { patient: 'john', encounter: 'visit-maria' }, 'clinician')).status).toBe(
        400,
      );
      expect((await at().node.api('launch', { patient: 'nobody' }, 'clinician')).status).toBe(404);
      expect((await at().node.api('launch', { patient: 'john' }, 'operator')).status).toBe(403);
    });
  });
}
