import { revokeAllBySig, rotate, suspend } from '@anamnesis/ledger';
import {
  CATEGORIES,
  type ConsentTerms,
  maskOf,
  recipientOf,
  revokeAllTypedData,
  revokeTypedData,
  type Session,
  sessionTypedData,
  subjectsDomain,
} from '@anamnesis/protocol';
import type { PrivateKeyAccount } from 'viem/accounts';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConsentWorld, signedGrant, startConsentWorld } from '../../testing/consent-world.ts';
import { ENGINES } from '../../testing/databases.ts';
import { admitOrganization, random32, type TestNode, type World } from '../../testing/world.ts';
import { readAccessLog } from '../audit/index.ts';
import {
  authenticateClient,
  authenticateSession,
  decide,
  disableClient,
  ensureClient,
  linkSubject,
  listConsents,
  nextIndex,
  openSession,
  patientRequester,
  receiveGrant,
  receiveRefusal,
  renderConsent,
  secretKind,
  standingOf,
  subjectAuthority,
} from './index.ts';

const PATIENT = '5f4dcc3b-0000-4000-8000-000000000001';
const registrar = { actor: 'Practitioner/r', display: 'Registrar', organization: 1, automatic: false, requestId: 'r0' };

describe.each(ENGINES)('consent on $name', ({ open }) => {
  let here: ConsentWorld;
  let world: World;
  let aldhelm: TestNode;
  let maria: PrivateKeyAccount;
  let offset = 0;

  beforeAll(async () => {
    here = await startConsentWorld((await open()).database, () => Date.now() + offset);
    world = here.world;
    aldhelm = here.node;
    await aldhelm.database.query(
      `insert into resource (type, id, version, deleted, last_updated, patient, category, sensitive, key_id, content)
     values ('Patient', $1, 1, false, now(), $1, 1, 0, 'k', '')`,
      [PATIENT],
    );
  }, 60_000);

  afterAll(() => here.stop());

  beforeEach(async () => {
    offset = 0;
    maria = privateKeyToAccount(generatePrivateKey());
    await aldhelm.database.query('delete from subject');
  });

  const now = () => Math.floor(aldhelm.context.clock() / 1000);

  async function session(of = maria, change: Partial<Session> = {}) {
    const message = { subject: of.address, organization: 1, notAfter: now() + 600, nonce: random32(), ...change };
    return { session: message, signature: await of.signTypedData(sessionTypedData(message, world.reader.chainId)) };
  }

  const link = async (of = maria) =>
    linkSubject(aldhelm.context, registrar, { patient: PATIENT, ...(await session(of)) });

  const grant = (change: Partial<ConsentTerms> = {}, by = maria) => signedGrant(here, by, change);
  const herself = () => patientRequester(aldhelm.context, PATIENT, 'r1');
  const receive = (value: unknown) => receiveGrant(aldhelm.context, herself(), value);
  const ask = (consent: `0x${string}`, change = {}) =>
    decide(aldhelm.context, aldhelm.database, {
      ...{
        consent,
        grantee: 2,
        practitioner: null,
        actor: 'Practitioner/x',
        purpose: 'TREAT',
        action: 'read' as const,
      },
      ...change,
    });

  async function refusal(index: number, by = maria, subject = by.address) {
    return { subject, index, signature: await by.signTypedData(revokeTypedData({ subject, index }, here.domain)) };
  }

  async function refusalOfAll(nonce: bigint) {
    const message = { subject: maria.address, nonce, deadline: now() + 600 };
    const domain = subjectsDomain(world.reader.chainId, world.reader.deployment.subjects);
    const signature = await maria.signTypedData(revokeAllTypedData(message, domain));
    return { subject: maria.address, all: true, deadline: message.deadline, signature } as const;
  }

  describe('grants and decisions', () => {
    test('default: a consent that was handed in permits what its terms say, and the patient sees it in her access log', async () => {
      await link();
      const { id, isNew } = await receive(await grant({ careFrom: 0, careUntil: 1000 }));
      expect(isNew).toBe(true);
      expect(await ask(id)).toMatchObject({
        effect: 'permit',
        scope: {
          kind: 'limited',
          patients: [PATIENT],
          categories: maskOf(CATEGORIES, ['conditions', 'laboratory']),
          sensitive: 0,
          careFrom: 0,
          careUntil: 999,
        },
        obligations: [{ kind: 'no-onward-disclosure' }, { kind: 'withhold-sensitive' }, { kind: 'limit-period' }],
      });
      const { entries } = await readAccessLog(aldhelm.context, aldhelm.database, { patient: PATIENT, count: 1 });
      expect(entries[0]?.event).toMatchObject({ subtype: [{ code: 'grant' }], outcome: '0' });
      expect(JSON.stringify(entries[0]?.event)).toContain(id);
    });

    test('behavior: the same consent again changes nothing; the next index is free', async () => {
      await link();
      const given = await grant({ index: 4 });
      await receive(given);
      expect(await receive(given)).toMatchObject({ isNew: false });
      expect(await listConsents(aldhelm.context, maria.address)).toHaveLength(1);
      expect(await nextIndex(aldhelm.database, maria.address)).toEqual({ epoch: 0, index: 5, nonce: 0 });
    });

    test('behavior: nothing is said about a consent that was never handed in', async () => {
      expect(await ask(random32())).toEqual({ effect: 'not-applicable' });
    });

    test('behavior: denied to another organisation, person, purpose, action and time', async () => {
      await link();
      const { id } = await receive(await grant({ recipient: recipientOf('Practitioner/silva') }));
      const silva = { practitioner: 'Practitioner/silva' };
      expect(await ask(id, silva)).toMatchObject({ effect: 'permit' });
      expect(await ask(id, { ...silva, grantee: 1 })).toMatchObject({ effect: 'deny', reason: 'wrong-grantee' });
      expect(await ask(id)).toMatchObject({ effect: 'deny', reason: 'wrong-recipient' });
      expect(await ask(id, { ...silva, purpose: 'HRESCH' })).toMatchObject({ reason: 'purpose-not-covered' });
      expect(await ask(id, { ...silva, purpose: 'anything' })).toMatchObject({ reason: 'invalid-request' });
      expect(await ask(id, { ...silva, action: 'contribute' })).toMatchObject({ reason: 'action-not-covered' });
      offset = 3_700_000;
      expect(await ask(id, silva)).toMatchObject({ effect: 'deny', reason: 'expired' });
    });

    test('behavior: fails closed when the ledger was not heard from lately', async () => {
      await link();
      const { id } = await receive(await grant());
      const cut = { ...aldhelm.context, isLedgerStale: () => true };
      const request = {
        consent: id,
        grantee: 2,
        practitioner: null,
        actor: 'Practitioner/x',
        purpose: 'TREAT',
        action: 'read',
      } as const;
      expect(await decide(cut, aldhelm.database, request)).toMatchObject({ effect: 'deny', reason: 'ledger-stale' });
    });

    test('behavior: a suspended grantee reads nothing', async () => {
      await admitOrganization(world, 3, 'Meridian Laboratory', 'http://127.0.0.1:3');
      await aldhelm.directory.sync();
      await link();
      const { id } = await receive(await grant({ grantee: 3 }));
      expect(await ask(id, { grantee: 3 })).toMatchObject({ effect: 'permit' });
      await world.send(world.ledger.deployer, suspend(world.reader.deployment, { id: 3 }));
      await aldhelm.directory.sync();
      expect(await ask(id, { grantee: 3 })).toMatchObject({ effect: 'deny', reason: 'inactive-grantee' });
    });

    test('error: foreign, forged, expired, changed and malformed consents', async () => {
      const stranger = privateKeyToAccount(generatePrivateKey());
      await expect(receive(await grant())).rejects.toMatchObject({ code: 'subject-unknown' });
      await link();
      const good = await grant();
      const refused = (reason: string) => ({ code: 'consent-refused', reason });
      const forged = await grant({ subject: maria.address }, stranger);
      await expect(receive(forged)).rejects.toMatchObject(refused('invalid-signature'));
      const widened = { ...good, terms: { ...good.terms, categories: 0x1ffff } };
      await expect(receive(widened)).rejects.toMatchObject(refused('invalid-signature'));
      const old = await grant({ validFrom: now() - 100, validUntil: now() - 1 });
      await expect(receive(old)).rejects.toMatchObject(refused('expired'));
      await expect(receive(await grant({ epoch: 1 }))).rejects.toMatchObject(refused('wrong-epoch'));
      await expect(receive(await grant({ grantee: 99 }))).rejects.toMatchObject(refused('inactive-grantee'));
      const bits = { ...good, terms: { ...good.terms, categories: 1 << 30 } };
      await expect(receive(bits)).rejects.toMatchObject({ code: 'terms-malformed' });
      await expect(receive({ ...good, signature: '0x12345' })).rejects.toMatchObject({ code: 'grant-malformed' });
      for (const value of [null, 7, 'x', []]) {
        await expect(receive(value)).rejects.toMatchObject({ code: 'grant-malformed' });
      }
    });
  });

  describe('refusals', () => {
    test('default: honoured on receipt, final on the ledger soon after, once', async () => {
      await link();
      const { id } = await receive(await grant({ index: 300 }));
      const refused = await refusal(300);
      await receiveRefusal(aldhelm.context, herself(), refused);
      expect(await ask(id)).toMatchObject({ effect: 'deny', reason: 'revoked' });
      await receiveRefusal(aldhelm.context, herself(), refused);
      const [listed] = await listConsents(aldhelm.context, maria.address);
      expect(listed && (await standingOf(aldhelm.context, aldhelm.database, listed))).toBe('revoked');
      const settlement = await aldhelm.sender.settled(`revoke/${maria.address.toLowerCase()}/300`);
      expect(settlement.status).toBe('succeeded');
      await expect(receive(await grant({ index: 300 }))).rejects.toMatchObject({ reason: 'revoked' });
    });

    test('behavior: a refusal that went straight to the ledger counts as well', async () => {
      await link();
      const { id } = await receive(await grant());
      const all = await refusalOfAll(0n);
      await world.send(world.ledger.deployer, revokeAllBySig(world.reader.deployment, all));
      await aldhelm.directory.sync();
      expect(await ask(id)).toMatchObject({ effect: 'deny', reason: 'wrong-epoch' });
    });

    test('behavior: refusing everything ends every consent so far, and new ones begin with the next epoch', async () => {
      await link();
      const first = await receive(await grant({ index: 0 }));
      const second = await receive(await grant({ index: 1 }));
      await receiveRefusal(aldhelm.context, herself(), await refusalOfAll(0n));
      expect(await ask(first.id)).toMatchObject({ reason: 'revoked' });
      expect(await ask(second.id)).toMatchObject({ reason: 'revoked' });
      await aldhelm.sender.settled(`revoke-all/${maria.address.toLowerCase()}/0`);
      await aldhelm.directory.sync();
      const { epoch, index } = await nextIndex(aldhelm.database, maria.address);
      const third = await receive(await grant({ epoch, index }));
      expect(await ask(third.id)).toMatchObject({ effect: 'permit' });
    });

    test('behavior: after a change of key the old key opens and grants nothing more, but may still refuse', async () => {
      await link();
      const before = await receive(await grant());
      const opened = await openSession(aldhelm.context, ...(await args(session())), 'r2');
      const next = privateKeyToAccount(generatePrivateKey());
      const rotation = rotate(world.reader.deployment, { subject: maria.address, newController: next.address });
      await world.send(maria, rotation);
      await aldhelm.directory.sync();
      expect(await ask(before.id)).toMatchObject({ reason: 'wrong-epoch' });
      await expect(receive(await grant({ epoch: 1 }))).rejects.toMatchObject({ reason: 'invalid-signature' });
      await expect(authenticateSession(aldhelm.context, opened.token)).rejects.toMatchObject({ code: 'token-expired' });
      const after = await receive(await grant({ epoch: 1, index: 7, subject: maria.address }, next));
      expect(await ask(after.id)).toMatchObject({ effect: 'permit' });
      await receiveRefusal(aldhelm.context, herself(), await refusal(7));
      expect(await ask(after.id)).toMatchObject({ reason: 'revoked' });
    });

    test('error: not signed by her, not known, malformed', async () => {
      await link();
      const stranger = privateKeyToAccount(generatePrivateKey());
      const send = (value: unknown) => receiveRefusal(aldhelm.context, herself(), value);
      await expect(send(await refusal(0, stranger, maria.address))).rejects.toMatchObject({
        code: 'signature-invalid',
      });
      await expect(send(await refusal(0, stranger))).rejects.toMatchObject({ code: 'subject-unknown' });
      await expect(send({ ...(await refusalOfAll(0n)), deadline: 1 })).rejects.toMatchObject({
        code: 'refusal-malformed',
      });
      await expect(send(await refusalOfAll(5n))).rejects.toMatchObject({ code: 'signature-invalid' });
      await expect(send({ subject: maria.address })).rejects.toMatchObject({ code: 'refusal-malformed' });
    });
  });

  describe('sessions and clients', () => {
    test('default: a patient opens her own compartment', async () => {
      await link();
      const { token, patient } = await openSession(aldhelm.context, ...(await args(session())), 'r3');
      expect(patient).toBe(PATIENT);
      expect(secretKind(token)).toBe('session');
      const opened = await authenticateSession(aldhelm.context, token);
      expect(subjectAuthority(aldhelm.context, opened, 'r4')).toMatchObject({
        actor: `Patient/${PATIENT}`,
        scope: { kind: 'limited', patients: [PATIENT], careFrom: -Infinity },
        actions: new Set(['read']),
      });
      offset = 700_000;
      await expect(authenticateSession(aldhelm.context, token)).rejects.toMatchObject({ code: 'token-expired' });
    });

    test('error: replayed, for another organisation, over long, ended, or signed by another', async () => {
      await link();
      const open = async (signed: ReturnType<typeof session>) =>
        openSession(aldhelm.context, ...(await args(signed)), 'r5');
      const once = await session();
      await open(Promise.resolve(once));
      await expect(open(Promise.resolve(once))).rejects.toMatchObject({ code: 'session-replayed' });
      await expect(open(session(maria, { organization: 2 }))).rejects.toMatchObject({ code: 'session-invalid' });
      await expect(open(session(maria, { notAfter: now() + 90_000 }))).rejects.toMatchObject({
        code: 'session-invalid',
      });
      await expect(open(session(maria, { notAfter: now() - 1 }))).rejects.toMatchObject({ code: 'session-expired' });
      const thief = privateKeyToAccount(generatePrivateKey());
      await expect(open(session(thief, { subject: maria.address }))).rejects.toMatchObject({ code: 'session-invalid' });
      await expect(authenticateSession(aldhelm.context, 'ana_s_x')).rejects.toMatchObject({ code: 'token-unknown' });
    });

    test('error: a subject stands for one Patient, who must exist', async () => {
      await link();
      await link();
      const elsewhere = { patient: 'nobody', ...(await session()) };
      await expect(linkSubject(aldhelm.context, registrar, elsewhere)).rejects.toMatchObject({
        code: 'subject-unknown',
      });
    });

    test('behavior: of two keys that are linked at the same time one is the first', async () => {
      const keys = Array.from({ length: 4 }, () => privateKeyToAccount(generatePrivateKey()));
      const outcomes = await Promise.allSettled(keys.map((one) => link(one)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'patient-linked-already' });
    });

    test('behavior: a client has one token, shown once', async () => {
      const client = { name: 'Dr Hale', actor: 'Practitioner/hale', role: 'clinician' } as const;
      const token = await ensureClient(aldhelm.database, client, { now: 0 });
      expect(await ensureClient(aldhelm.database, client, { now: 0 })).toBeNull();
      expect(await authenticateClient(aldhelm.database, token as string)).toEqual(client);
      await disableClient(aldhelm.database, 'Dr Hale');
      await expect(authenticateClient(aldhelm.database, token as string)).rejects.toMatchObject({
        code: 'token-unknown',
      });
    });
  });

  test('renderConsent default: denied by default, one provision that permits', async () => {
    const { terms } = await grant({ careFrom: 0, recipient: recipientOf('Practitioner/silva') });
    const known = { id: random32(), patient: PATIENT, custodian: 1, holds: true, receivedAt: 0 };
    expect(renderConsent(terms, known)).toMatchObject({
      resourceType: 'Consent',
      status: 'active',
      provision: {
        type: 'deny',
        provision: [
          {
            type: 'permit',
            actor: [{ reference: { identifier: { value: '2' } } }, { reference: { type: 'Practitioner' } }],
            purpose: [{ code: 'TREAT' }],
            dataPeriod: { start: '1970-01-01T00:00:00Z' },
          },
        ],
      },
    });
  });

  async function args(signed: ReturnType<typeof session>): Promise<[Session, `0x${string}`]> {
    const { session: message, signature } = await signed;
    return [message, signature];
  }
});
