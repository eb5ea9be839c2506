import { LUZ_NOVA } from '@anamnesis/population';
import { encodeGrant, type Grant, sessionTypedData } from '@anamnesis/protocol';
import { type Signer, subjectAccount } from '@anamnesis/sdk';
import { generatePrivateKey } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../testing/hospitals.ts';
import { askToken, clientAssertion } from '../../testing/token.ts';

import { CANARY, expectRefusal, FHIR, grantOf, patient, send, world } from './asking.fixture.ts';

const stranger = (): Signer => subjectAccount(new Uint8Array(32).fill(9), { chainId: 1, organization: 1 });

/** Who is not let in: by token, session, assertion or consent. */
export function describeStrangers(): void {
  describe('who is not let in', () => {
    const read = `GET ${FHIR}/Patient?_count=1`;

    test.each([
      ['none', null],
      ['an empty one', ''],
      ['nonsense', CANARY],
      ['one of our form', `ana_c_${'A'.repeat(43)}`],
      ['a session of our form', `ana_s_${'A'.repeat(43)}`],
      ["a peer's of our form", `ana_p_${'A'.repeat(43)}`],
    ])('error: a token: %s', async (_, token) => {
      const answer = await send({ call: read, token });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      await expectRefusal(answer, 401, FHIR);
      await expectRefusal(await send({ call: 'GET /api/v1/export?patient=a', token }), 401, '/api');
    });

    test('error: a token of another organisation, or of a role that may not', async () => {
      await expectRefusal(await send({ call: read, token: world.luzNova.tokens.clinician ?? '' }), 401, FHIR);
      const { operator = '' } = world.aldhelm.tokens;
      await expectRefusal(await send({ call: read, token: operator }), 403, FHIR);
      await expectRefusal(
        await send({ call: `POST ${FHIR}/Patient`, body: patient({ language: CANARY }), token: operator }),
        [403, 422],
        FHIR,
      );
    });

    const session = async (changes: object, signer: Signer = world.maria.signer): Promise<Response> => {
      const notAfter = Math.floor(Date.now() / 1000) + 60;
      const { organization } = world.aldhelm;
      const value = {
        subject: world.maria.signer.address,
        organization,
        notAfter,
        nonce: generatePrivateKey(),
        ...changes,
      };
      const signature = await signer.signTypedData(sessionTypedData(value, world.ledger.chainId));
      return send({
        call: 'POST /auth/session',
        body: JSON.stringify({ ...value, signature }),
        type: 'application/json',
        token: null,
      });
    };

    test('error: a session that is stale, too long, of another organisation, of another key, or opened twice', async () => {
      const now = Math.floor(Date.now() / 1000);
      await expectRefusal(await session({ notAfter: now - 1 }), 401, '/auth');
      await expectRefusal(await session({ notAfter: now + 10 * 86_400 }), 401, '/auth');
      await expectRefusal(await session({ organization: world.luzNova.organization }), 401, '/auth');
      await expectRefusal(await session({}, stranger()), 401, '/auth');
      await expectRefusal(await session({ subject: stranger().address }, stranger()), 404, '/auth');
      const nonce = generatePrivateKey();
      expect((await session({ nonce, notAfter: now + 60 })).status).toBe(200);
      await expectRefusal(await session({ nonce, notAfter: now + 60 }), 401, '/auth');
    });

    test('error: a session that has ended, and one that writes or looks at others', async () => {
      const opened = await session({ notAfter: Math.floor(Date.now() / 1000) + 3 });
      const { token } = (await opened.json()) as { token: string };
      await expectRefusal(await send({ call: `POST ${FHIR}/Patient`, body: patient({}), token }), 403, FHIR);
      await expectRefusal(await send({ call: 'GET /api/v1/export?patient=somebody-else', token }), 403, '/api');
      const late = await eventually('the end of the session', async () => {
        const answer = await send({ call: `GET ${FHIR}/Patient/${world.maria.patient}`, token });
        return answer.status === 200 ? null : answer;
      });
      await expectRefusal(late, 401, FHIR);
    });

    /** RFC 6749 section 5.2 gives the token endpoint a form of its own. */
    const expectOAuth = async (answer: Response, status: number, error: string) => {
      const text = await answer.text();
      expect(answer.status, text).toBe(status);
      expect(JSON.parse(text)).toMatchObject({ error });
      expect(text).not.toContain(CANARY);
    };

    test('error: client assertions that are replayed, for another audience, foreign, stale or nonsense', async () => {
      const { luzNova, aldhelm } = world;
      const grant = await grantOf();
      const now = Math.floor(Date.now() / 1000);
      const once = await clientAssertion(luzNova, aldhelm);
      const asked = await askToken(luzNova, aldhelm, grant, { client_assertion: once });
      expect(asked.status).toBe(200);
      const { access_token: token } = (await asked.json()) as { access_token: string };
      await expectOAuth(await askToken(luzNova, aldhelm, grant, { client_assertion: once }), 401, 'invalid_client');
      for (const bad of [
        await clientAssertion(luzNova, aldhelm, { aud: luzNova.running.context.tokenUrl }),
        await clientAssertion(luzNova, aldhelm, {}, aldhelm),
        await clientAssertion(aldhelm, aldhelm),
        await clientAssertion(luzNova, aldhelm, { iss: `https://${CANARY}.example/` }),
        await clientAssertion(luzNova, aldhelm, { sub: CANARY }),
        await clientAssertion(luzNova, aldhelm, { exp: now - 600 }),
        await clientAssertion(luzNova, aldhelm, { exp: now + 86_400 }),
        await clientAssertion(luzNova, aldhelm, { exp: CANARY }),
        await clientAssertion(luzNova, aldhelm, { jti: undefined }),
        await clientAssertion(luzNova, aldhelm, { jti: 'x'.repeat(500) }),
        await clientAssertion(luzNova, aldhelm, { jti: `${CANARY}\u0000` }),
        once.replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')).replace(/[^.]+$/, ''),
        CANARY,
      ]) {
        await expectOAuth(await askToken(luzNova, aldhelm, grant, { client_assertion: bad }), 401, 'invalid_client');
      }
      for (const [changes, error] of [
        [{ client_assertion: null }, 'invalid_request'],
        [{ client_assertion_type: CANARY }, 'invalid_request'],
        [{ grant_type: CANARY }, 'unsupported_grant_type'],
        [{ purpose: CANARY }, 'invalid_request'],
        [{ practitioner: `http://${CANARY}/` }, 'invalid_request'],
        [{ practitioner_name: 'x'.repeat(300) }, 'invalid_request'],
        [{ consent: CANARY }, 'invalid_grant'],
        [{ consent: null }, 'invalid_grant'],
      ] as const) {
        await expectOAuth(await askToken(luzNova, aldhelm, grant, changes), 400, error);
      }
      // What the good one opened is Maria's records, to be read.
      const of = `${FHIR}/Observation?patient=Patient/${world.maria.patient}&_count=1`;
      expect((await send({ call: `GET ${of}`, token })).status).toBe(200);
      await expectRefusal(await send({ call: `POST ${FHIR}/Patient`, body: patient({}), token }), 403, FHIR);
      await expectRefusal(
        await send({ call: `GET /api/v1/export?patient=${world.maria.patient}`, token }),
        403,
        '/api',
      );
      await expectRefusal(
        await send({
          call: 'GET /api/v1/received?custodian=1&subject=0x0000000000000000000000000000000000000001',
          token,
        }),
        403,
        '/api',
      );
      await expectRefusal(await send({ call: read, token, headers: { authorization: `Basic ${token}` } }), 401, FHIR);
    });

    test('error: consents with a bad signature, of a foreign subject, expired, of another epoch, chain or grantee', async () => {
      const { luzNova, aldhelm, testbed } = world;
      const now = Math.floor(Date.now() / 1000);
      const good = await grantOf({ index: 101 });
      const flipped =
        `${good.signature.slice(0, 20)}${good.signature[20] === '0' ? '1' : '0'}${good.signature.slice(21)}` as Grant['signature'];
      const cases: [string, Grant, number, string][] = [
        ['signed by a stranger', await grantOf({ index: 102 }, stranger()), 403, 'invalid-signature'],
        ['a digit of the signature changed', { ...good, signature: flipped }, 403, 'invalid-signature'],
        [
          'widened after signing',
          { terms: { ...good.terms, sensitive: 1 }, signature: good.signature },
          403,
          'invalid-signature',
        ],
        ['expired', await grantOf({ index: 103, validFrom: now - 7_200, validUntil: now - 3_600 }), 403, 'expired'],
        ['of another epoch', await grantOf({ index: 104, epoch: 7 }), 403, 'wrong-epoch'],
        ['of another chain', await grantOf({ index: 105 }, world.maria.signer, 1), 403, 'invalid-signature'],
        [
          'of a foreign subject',
          await grantOf({ index: 106, subject: stranger().address }, stranger()),
          404,
          'subject-unknown',
        ],
      ];
      for (const [name, grant, status, reason] of cases) {
        const answer = await send({
          call: 'POST /api/v1/consents',
          body: JSON.stringify(grant),
          type: 'application/json',
          token: null,
        });
        const text = await expectRefusal(answer, status, '/api');
        expect(text, name).toContain(reason === 'subject-unknown' ? 'subject' : reason);
        await expectOAuth(await askToken(luzNova, aldhelm, grant), 400, 'invalid_grant');
      }
      // A consent for Luz Nova opens nothing for the custodian itself, nor for whom the Directory does not know.
      for (const grantee of [aldhelm.organization, 77]) {
        const foreign = await grantOf({ index: 107, grantee });
        await expectOAuth(await askToken(luzNova, aldhelm, foreign), 401, 'invalid_client');
      }
      // One that is for somebody else is not stretched by whoever found it.
      const found = await askToken(luzNova, aldhelm, good, {
        consent: encodeGrant({ ...good, terms: { ...good.terms, grantee: 1 } }),
      });
      await expectOAuth(found, 401, 'invalid_client');
      // A short one ends with its time, in the middle of things.
      const short = await grantOf({ index: 108, validUntil: Math.floor(Date.now() / 1000) + 3 });
      const { access_token: token } = (await (await askToken(luzNova, aldhelm, short)).json()) as {
        access_token: string;
      };
      const late = await eventually('the end of the consent', async () => {
        const answer = await send({ call: `GET ${FHIR}/Patient?_id=${world.maria.patient}`, token });
        return answer.status === 200 ? null : answer;
      });
      await expectRefusal(late, [401, 403], FHIR);
      expect(testbed.nodes[LUZ_NOVA.key]).toBe(luzNova);
    });
  });
}
