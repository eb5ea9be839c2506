import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { anamnesis } from '../../../../../packages/testbed/src/testing/cli.ts';
import { LOCATIONS } from '../../testing/databases.ts';
import {
  answerIn,
  askToken,
  authorization,
  CALLBACK,
  launchApp,
  registerApp,
  signInAs,
} from '../../testing/smart-app.ts';
import { fillSmartNode, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { newVisitor } from '../../testing/visitor.ts';
import { startWorld, type World } from '../../testing/world.ts';

let world: World;
let node: SmartNode;
let app: string;

beforeAll(async () => {
  world = await startWorld();
}, 120_000);
afterAll(() => world?.stop());

const get = async (token: string, path: string) => {
  const answer = await node.fhir(path, { token });
  const body = (await answer.json()) as {
    entry?: { resource: { resourceType: string; id: string } }[];
    issue?: { code: string; details?: { coding: { code: string }[] } }[];
  };
  const ids = (body.entry ?? []).map(({ resource }) => `${resource.resourceType}/${resource.id}`).sort();
  return {
    status: answer.status,
    ids,
    code: body.issue?.[0]?.details?.coding[0]?.code,
    header: answer.headers.get('www-authenticate'),
  };
};

describe.each(LOCATIONS)('launch on $name', ({ at }) => {
  beforeAll(async () => {
    node = await startSmartNode(world, await at());
    await fillSmartNode(node);
    app = (await registerApp(node)).id;
  }, 120_000);
  afterAll(() => node?.stop());

  test('default: staff pick a patient and an app reads what it was granted of her', async () => {
    const token = await launchApp(node, app, {
      scope: 'openid fhirUser launch/patient patient/Observation.rs offline_access',
    });
    expect(token).toMatchObject({
      patient: 'maria',
      need_patient_banner: true,
      token_type: 'Bearer',
      scope: 'openid fhirUser launch/patient offline_access patient/Observation.rs',
    });
    expect(decodeJwt(token.id_token ?? '')).toMatchObject({
      iss: `${node.url}/oauth`,
      aud: app,
      fhirUser: `${node.base}/Practitioner/hale`,
    });
    expect(await get(token.access_token, 'Observation')).toMatchObject({
      status: 200,
      ids: ['Observation/laboratory-maria', 'Observation/vital-signs-maria'],
    });
    expect(await get(token.access_token, 'Patient/maria')).toMatchObject({
      status: 403,
      code: 'insufficient-scope',
      header: 'Bearer error="insufficient_scope"',
    });
  });

  test('behavior: a patient launches for herself, without picking', async () => {
    const token = await launchApp(node, app, { user: 'Maria Santos', scope: 'launch/patient patient/*.read' });
    expect(token).toMatchObject({ patient: 'maria', scope: 'launch/patient patient/*.read' });
    expect((await get(token.access_token, 'Observation')).ids).toHaveLength(2);
    expect((await get(token.access_token, 'Patient')).ids).toEqual(['Patient/maria']);
  });

  test('behavior: launched from a record, the app knows patient and visit, and needs no banner', async () => {
    const made = await node.api('launch', { patient: 'john', encounter: 'visit-john' }, 'clinician');
    expect(made.status).toBe(201);
    const { launch } = (await made.json()) as { launch: string };
    const token = await launchApp(node, app, { scope: 'launch patient/*.rs', launch });
    expect(token).toMatchObject({ patient: 'john', encounter: 'visit-john', need_patient_banner: false });
    expect((await get(token.access_token, 'Condition')).ids).toEqual(['Condition/condition-john']);
  });

  test('behavior: launched about more than the visit, the app is told the records that are hers and not of others', async () => {
    const launchOf = async (fhirContext: unknown) => node.api('launch', { patient: 'john', fhirContext }, 'clinician');
    const result = { reference: 'Observation/laboratory-john', role: 'https://aldhelm.example/role/shown' };
    const made = await launchOf([result, { reference: 'Condition/condition-john' }]);
    const { launch } = (await made.json()) as { launch: string };
    const scope = 'launch patient/*.rs offline_access';
    const token = await launchApp(node, app, { scope, launch });
    const fhirContext = [result, { reference: 'Condition/condition-john' }];
    expect(token).toMatchObject({ patient: 'john', fhirContext });
    const form = { grant_type: 'refresh_token', refresh_token: token.refresh_token ?? '', client_id: app };
    expect((await askToken(node, form)).body).toMatchObject({ fhirContext });
    expect(await launchApp(node, app)).not.toHaveProperty('fhirContext');
    for (const reference of ['Observation/laboratory-maria', 'Observation/nobody', 'Nonsense/1']) {
      expect([reference, (await launchOf([{ reference }])).status]).toEqual([reference, 404]);
    }
    for (const wrong of [
      [{ reference: 'Patient/john' }],
      [{ reference: 'Encounter/visit-john' }],
      [{ reference: 'https://evil.example/Observation/1' }],
      [{ ...result, role: 'word' }],
      [null],
      Array(11).fill(result),
      'Observation/laboratory-john',
    ]) {
      expect([wrong, (await launchOf(wrong)).status]).toEqual([wrong, 400]);
    }
  });

  test('behavior: an app that asked who she is can ask at userinfo as well, for as long as its token lives', async () => {
    const userinfo = async (token: string, method = 'GET') => {
      const answer = await fetch(`${node.url}/oauth/userinfo`, {
        method,
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: answer.status, said: answer.headers.get('www-authenticate'), body: await answer.json() };
    };
    const discovered = await fetch(`${node.url}/.well-known/openid-configuration/oauth`);
    expect(await discovered.json()).toMatchObject({ userinfo_endpoint: `${node.url}/oauth/userinfo` });
    const token = await launchApp(node, app, { scope: 'openid fhirUser launch/patient patient/Observation.rs' });
    const { sub } = decodeJwt(token.id_token ?? '');
    const hale = { sub, fhirUser: `${node.base}/Practitioner/hale` };
    expect(await userinfo(token.access_token)).toMatchObject({ status: 200, body: hale });
    expect((await userinfo(token.access_token, 'POST')).body).toEqual(hale);
    const named = await launchApp(node, app, { scope: 'openid profile launch/patient patient/Observation.rs' });
    expect((await userinfo(named.access_token)).body).toEqual({ sub, name: 'Dr Hale', profile: hale.fhirUser });
    const unasked = await launchApp(node, app, { scope: 'launch/patient patient/Observation.rs' });
    expect(await userinfo(unasked.access_token)).toMatchObject({
      status: 403,
      said: 'Bearer error="insufficient_scope"',
    });
    expect((await userinfo('ana_a_nobody')).status).toBe(401);
    expect((await userinfo(node.tokens.clinician)).status).toBe(401);
    const body = new URLSearchParams({ token: token.access_token, client_id: app });
    await fetch(`${node.url}/oauth/revoke`, { method: 'POST', body });
    expect((await userinfo(token.access_token)).status).toBe(401);
  });

  test('default: an operator registers, lists and ends an app by the command', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anamnesis-app-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const cli = (...args: string[]) =>
      anamnesis(['app', ...args, '--json', '--node', node.url], { ANAMNESIS_TOKEN: node.tokens.operator });
    const scope = 'launch/patient patient/Observation.rs';
    const made = await cli(
      'register',
      '--name',
      'Growth',
      '--kind',
      'public',
      '--scope',
      scope,
      '--redirect',
      CALLBACK,
    );
    const { id } = made.json().app as { id: string };
    expect([made.code, made.json().app]).toEqual([0, expect.objectContaining({ name: 'Growth', scope, auth: 'none' })]);
    const token = await launchApp(node, id, { scope });
    expect((await get(token.access_token, 'Observation')).status).toBe(200);
    const secretFile = join(folder, 'secret');
    const confidential = ['--name', 'Server', '--kind', 'confidential', '--scope', scope, '--redirect', CALLBACK];
    const secret = (await cli('register', ...confidential, '--secret-file', secretFile)).stdout;
    expect([/ana_c_/.test(secret), /^ana_c_\S+\n$/.test(await readFile(secretFile, 'utf8'))]).toEqual([false, true]);
    expect((await cli('end', id)).code).toBe(0);
    expect((await get(token.access_token, 'Observation')).status).toBe(401);
    expect((await cli('list')).json().apps).toContainEqual(expect.objectContaining({ id, disabled: true }));
  });

  test('behavior: what the person takes out is not granted, and the app is told', async () => {
    const without = ['See: measurements and test results', 'Add, change, delete: problems and diagnoses'];
    const scope = 'launch/patient patient/Observation.rs patient/Condition.cruds patient/Patient.r';
    const token = await launchApp(node, app, { scope, without });
    expect(token.scope).toBe('launch/patient patient/Condition.rs patient/Patient.r');
    expect((await get(token.access_token, 'Condition')).status).toBe(200);
    expect((await get(token.access_token, 'Observation')).status).toBe(403);
    expect((await get(token.access_token, 'Patient/maria')).status).toBe(200);
    expect((await get(token.access_token, 'Patient')).status).toBe(403);
  });

  test('behavior: an app gets no more than it was registered for', async () => {
    const { id } = await registerApp(node, { scope: 'launch/patient patient/Observation.rs' });
    const token = await launchApp(node, id, {
      scope: 'launch/patient patient/*.cruds user/*.cruds offline_access openid',
    });
    expect(token.scope).toBe('launch/patient patient/Observation.rs');
    expect(token.refresh_token).toBeUndefined();
  });

  test('behavior: refreshing keeps patient and scopes, and may ask for less', async () => {
    const scope = 'launch/patient patient/Observation.rs patient/Condition.rs offline_access';
    const token = await launchApp(node, app, { scope });
    const form = { grant_type: 'refresh_token', refresh_token: token.refresh_token ?? '', client_id: app };
    const fresh = await askToken(node, { ...form, scope: 'patient/Condition.rs' });
    expect(fresh).toMatchObject({ status: 200, body: { patient: 'maria', scope: 'patient/Condition.rs' } });
    expect((await get(fresh.body.access_token, 'Observation')).status).toBe(403);
    expect((await get(fresh.body.access_token, 'Condition')).status).toBe(200);
  });

  test('error: the person refuses', async () => {
    const visitor = newVisitor();
    const at = await signInAs(visitor, await visitor.open(authorization(node, app).url), 'Maria Santos');
    const { formIn } = await import('../../testing/visitor.ts');
    const consent = formIn(at, '/consent');
    const answer = await visitor.submit(
      { action: consent.action.replace(/consent$/, 'refuse'), fields: consent.fields },
      CALLBACK,
    );
    expect(answerIn(answer)).toMatchObject({ error: 'access_denied', iss: `${node.url}/oauth` });
  });
});
