import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeProfile, type OrganizationProfile, profileHash, utf8 } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchProfile } from './fetch-profile.ts';
import { ask, checkAddress, DEFAULT_LIMITS } from './http.ts';

const LOCAL = { ...DEFAULT_LIMITS, allowLoopback: true, timeoutMs: 300, maxBytes: 4096 };
const PUBLIC_KEY = {
  kty: 'EC' as const,
  crv: 'P-384' as const,
  x: 'iVw6M3cHJP7Rvx7rHEuNUkbkrwtGtDsdDCVWxrp6OEOUsXDsgsqZHTGvZvpSvMGE',
  y: '4nqNzE4dTgFYlRRp5MZrHVHIDZLDsNGuT7Z9vsDWODDJAGvAUHKTMAzpUZvIoMVu',
};
const PROFILE: OrganizationProfile = {
  anamnesis: 1,
  organization: { resourceType: 'Organization', name: 'St. Aldhelm Hospital' },
  endpoints: {
    fhir: 'https://a.example/fhir/R4',
    token: 'https://a.example/auth/token',
    api: 'https://a.example/api/v1',
  },
  jwks: { keys: [PUBLIC_KEY] },
};
/** A profile whose owner published the private key by mistake. */
const SECRET = utf8(JSON.stringify({ ...PROFILE, jwks: { keys: [{ ...PUBLIC_KEY, d: 'x' }] } }));

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/profile') return response.end(encodeProfile(PROFILE));
    if (request.url === '/private') return response.end(SECRET);
    if (request.url === '/moved') return response.writeHead(302, { location: '/profile' }).end();
    if (request.url === '/endless') {
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(1024)));
      };
      response.on('drain', pour);
      return pour();
    }
    // '/silent' and everything else: the request stays open.
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('fetchProfile', () => {
  test('default: the pinned bytes are accepted', async () => {
    const { profile } = await fetchProfile(`${origin}/profile`, profileHash(encodeProfile(PROFILE)), LOCAL);
    expect(profile).toEqual(PROFILE);
  });

  test('error: other bytes than the pinned ones', async () => {
    const pinned = profileHash(encodeProfile({ ...PROFILE, hpke: 'A'.repeat(43) }));
    await expect(fetchProfile(`${origin}/profile`, pinned, LOCAL)).rejects.toMatchObject({ code: 'profile-mismatch' });
  });

  test('error: a private key among the public ones', async () => {
    const pinned = profileHash(SECRET);
    await expect(fetchProfile(`${origin}/private`, pinned, LOCAL)).rejects.toMatchObject({ code: 'profile-malformed' });
  });

  test('error: a redirect, an endless answer, a silent peer, no peer', async () => {
    const pinned = profileHash(encodeProfile(PROFILE));
    const attempt = (url: string) => fetchProfile(url, pinned, LOCAL);
    await expect(attempt(`${origin}/moved`)).rejects.toMatchObject({ code: 'status', status: 302 });
    await expect(attempt(`${origin}/endless`)).rejects.toMatchObject({ code: 'too-large' });
    await expect(attempt(`${origin}/silent`)).rejects.toMatchObject({ code: 'timeout' });
    await expect(attempt('http://127.0.0.1:9/profile')).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('checkAddress', () => {
  test('default: https to a public name; loopback where several nodes share a machine', () => {
    expect(checkAddress('https://luz.example/x', DEFAULT_LIMITS).host).toBe('luz.example');
    expect(checkAddress('http://127.0.0.1:8101/x', LOCAL).port).toBe('8101');
  });

  test('error: addresses by which a peer would make us ask our own network', async () => {
    for (const address of [
      'http://luz.example/',
      'http://127.0.0.1:8101/',
      'https://localhost/',
      'https://10.0.0.1/',
      'https://2130706433/',
      'https://169.254.169.254/latest',
      'https://[::1]/',
      'https://[fd00::1]/',
      'https://user:secret@luz.example/',
      'file:///etc/passwd',
      'not a url',
    ]) {
      expect(() => checkAddress(address, DEFAULT_LIMITS)).toThrow();
    }
    expect(() => checkAddress('http://luz.example/', LOCAL)).toThrow();
    await expect(ask('file:///etc/passwd', LOCAL)).rejects.toMatchObject({ code: 'address-refused' });
  });
});
