import { describe, expect, test } from 'vitest';
import { startNode } from '../../../node.ts';
import {
  answerIn,
  askToken,
  authorization,
  CALLBACK,
  pickPatient,
  registerApp,
  signInAs,
} from '../../../testing/smart-app.ts';
import { filled, formIn, newVisitor, userNamed } from '../../../testing/visitor.ts';
import type { Attacked } from './attacked.fixture.ts';

/** Pages that people see, and guessing at them. */
export function describePageAttacks(at: () => Attacked): void {
  describe('pages', () => {
    test('behavior: in nobody’s frame, with nothing from elsewhere', async () => {
      const visitor = newVisitor();
      const { url } = authorization(at().node, at().app);
      const signIn = await visitor.open(url);
      const consent = await signInAs(visitor, signIn, 'Maria Santos');
      for (const { headers } of [signIn, consent]) {
        const policy = headers.get('content-security-policy') ?? '';
        for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
          expect(policy).toContain(part);
        expect(policy).not.toContain('unsafe');
        expect([headers.get('x-frame-options'), headers.get('referrer-policy'), headers.get('cache-control')]).toEqual([
          'DENY',
          'same-origin',
          'no-store',
        ]);
      }
      expect(consent.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:9");
      expect(consent.text).not.toContain('<script');
    });

    test('error: a consent that another site sends', async () => {
      const visitor = newVisitor();
      const page = await signInAs(visitor, await visitor.open(authorization(at().node, at().app).url), 'Maria Santos');
      const form = formIn(page, '/consent');
      expect((await visitor.submit(filled(form, { form: null }))).status).toBe(403);
      expect((await visitor.submit(filled(form, { form: 'x'.repeat(43) }))).status).toBe(403);
      expect((await visitor.submit(form, CALLBACK, { origin: 'https://evil.example' })).status).toBe(403);
      expect((await visitor.submit(form, CALLBACK, { origin: 'null' })).status).toBe(403);
      expect((await visitor.submit(form, CALLBACK, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      // Another browser, to which the address was sent.
      expect((await newVisitor().submit(form, CALLBACK)).status).toBe(400);
      expect(answerIn(await visitor.submit(form, CALLBACK)).code).toBeDefined();
    });

    test('error: the hidden field of another sign-in', async () => {
      const [one, two] = [newVisitor(), newVisitor()];
      const first = await signInAs(one, await one.open(authorization(at().node, at().app).url), 'Maria Santos');
      const second = await signInAs(two, await two.open(authorization(at().node, at().app).url), 'Maria Santos');
      const stolen = formIn(second, '/consent').fields.get('form');
      expect((await one.submit(filled(formIn(first, '/consent'), { form: stolen }))).status).toBe(403);
    });

    test('behavior: cookies are for our pages alone', async () => {
      const answer = await fetch(authorization(at().node, at().app).url, { redirect: 'manual' });
      for (const cookie of answer.headers.getSetCookie()) {
        expect(cookie).toMatch(/httponly/i);
        expect(cookie).toMatch(/samesite=lax/i);
      }
      expect(answer.headers.getSetCookie().length).toBeGreaterThan(0);
    });

    test('behavior: names of a Host header are not used', async () => {
      const { url } = authorization(at().node, at().app);
      const page = new URL(url);
      const { request } = await import('node:http');
      const location = await new Promise<string | undefined>((resolve) => {
        const options = {
          host: '127.0.0.1',
          port: page.port,
          path: page.pathname + page.search,
          headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
        };
        request(options, (answer) => resolve(answer.resume().headers.location)).end();
      });
      expect(location).toMatch(new RegExp(`^${at().node.url}/oauth/interaction/`));
    });

    test('behavior: what staff search for stays out of addresses', async () => {
      const visitor = newVisitor();
      const page = await signInAs(visitor, await visitor.open(authorization(at().node, at().app).url), 'Dr Hale');
      const picked = await pickPatient(visitor, page, 'Okafor');
      expect(picked.url).not.toContain('Okafor');
      expect(picked.text).toContain('Okafor');
    });
  });

  describe('attempts', () => {
    test('error: guessing at the sign-in is slowed down', async () => {
      const own = await at().another();
      try {
        const { id } = await registerApp(own);
        const visitor = newVisitor();
        const page = await visitor.open(authorization(own, id).url);
        const statuses: number[] = [];
        for (let tries = 0; tries < 12; tries++) {
          statuses.push((await visitor.submit(filled(formIn(page, '/demo'), { user: `nobody-${tries}` }))).status);
        }
        expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
        const last = await visitor.submit(filled(formIn(page, '/demo'), { user: userNamed(page, 'Dr Hale') }));
        expect([last.status, last.headers.get('retry-after')]).toEqual([429, '300']);
      } finally {
        await own.stop();
      }
    }, 60_000);

    test('error: guessing at secrets of apps is slowed down', async () => {
      const own = await at().another();
      try {
        const { id } = await registerApp(own, { kind: 'confidential' });
        const guess = () =>
          askToken(
            own,
            { grant_type: 'authorization_code', code: 'x', redirect_uri: CALLBACK, code_verifier: 'a'.repeat(43) },
            { authorization: `Basic ${Buffer.from(`${id}:guess`).toString('base64')}` },
          );
        const statuses: number[] = [];
        for (let tries = 0; tries < 52; tries++) statuses.push((await guess()).status);
        expect(statuses).toEqual([...Array(50).fill(401), 429, 429]);
      } finally {
        await own.stop();
      }
    }, 60_000);

    test('error: demo users in production', async () => {
      const config = {
        ...at().node.running.config,
        production: true,
        policy: { ...at().node.running.config.policy, name: 'consortium' },
      };
      await expect(startNode(config)).rejects.toMatchObject({ code: 'demo-users-in-production' });
    });
  });
}
