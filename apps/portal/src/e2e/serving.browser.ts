import { expect, test } from 'vitest';
import { HOME, stage } from '../testing/browser.ts';

const asBrowser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

test('default: a page may run scripts of its own node only, talk to the consortium only, and stand in no frame', async () => {
  const page = await fetch(`${HOME}/home`, asBrowser);
  expect(page.status).toBe(200);
  const policy = page.headers.get('content-security-policy') ?? '';
  const rules = Object.fromEntries(policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]));
  expect(rules['default-src']).toEqual(["'none'"]);
  expect(rules['script-src']).toEqual(["'self'"]);
  expect(rules['style-src']).toEqual(["'self'", expect.stringMatching(/^'nonce-[\w+/]{22}=='$/)]);
  expect(rules['frame-ancestors']).toEqual(["'none'"]);
  const others = Object.values(stage.nodes).flatMap(({ url }) => (url === HOME ? [] : [new URL(url).origin]));
  expect(rules['connect-src']?.toSorted()).toEqual(["'self'", new URL(stage.rpcUrl).origin, ...others].toSorted());
  expect(policy).not.toContain('unsafe');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page.headers.get('cache-control')).toBe('no-store');
});

test('behavior: each page has a nonce of its own, and no script or style stands in it', async () => {
  const pages = await Promise.all([1, 2].map(async () => (await fetch(`${HOME}/`, asBrowser)).text()));
  const nonces = pages.map((text) => /nonce="([^"]+)"/.exec(text)?.[1]);
  expect(nonces[0]).not.toBe(nonces[1]);
  expect(pages[0]).not.toContain('__NONCE__');
  expect(pages[0]).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+=|\sstyle=/i);
});

test('behavior: what has its hash in its name may be kept for ever', async () => {
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(await (await fetch(`${HOME}/`, asBrowser)).text()) ?? [];
  const asset = await fetch(`${HOME}${script}`);
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
});

test.each(['/fhir/R4/Nothing/1', '/api/v1/nothing', '/oauth/nothing', '/.well-known/nothing', '/assets/nothing.js'])(
  'error: %s is no page, not even to a browser',
  async (path) => {
    const answer = await fetch(HOME + path, asBrowser);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).not.toContain('id="root"');
  },
);

test('error: a program that asks for an address that is not there is told so', async () => {
  expect((await fetch(`${HOME}/no-such-thing`)).status).toBe(404);
});

test.each(['/assets/../index.html', '/assets/%2e%2e/index.html', '/assets/..%2f..%2fpackage.json', '/assets/%00'])(
  'error: %s leads out of no folder',
  async (path) => {
    const answer = await fetch(HOME + path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  },
);
