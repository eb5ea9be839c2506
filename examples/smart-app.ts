/**
 * A SMART app in one file, against a node of `npm start`: registers itself, launches itself from Maria's record, and shows what it was let see.
 *
 *     node examples/smart-app.ts [--state .anamnesis] [--node http://127.0.0.1:8101] [--port 9100] [--patient ID]
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    state: { type: 'string', default: '.anamnesis' },
    node: { type: 'string', default: 'http://127.0.0.1:8101' },
    organization: { type: 'string', default: 'st-aldhelm' },
    port: { type: 'string', default: '9100' },
    patient: { type: 'string' },
  },
});
const { node, port } = values;
const origin = `http://localhost:${port}`;
const scope = 'openid fhirUser launch patient/Patient.rs patient/Observation.rs patient/Condition.rs';
const tokenOf = (role: string): string =>
  readFileSync(join(values.state, 'tokens', `${values.organization}-${role}.token`), 'utf8').trim();

async function api(path: string, role: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${node}${path}`, {
    headers: { authorization: `Bearer ${tokenOf(role)}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(json)}`);
  return json;
}

/** Some patient who is there, if none is named. */
async function somePatient(): Promise<string> {
  const { entry } = (await api('/fhir/R4/Patient?_count=1', 'clinician')) as { entry: { resource: { id: string } }[] };
  return entry[0]?.resource.id ?? '';
}

const app = await api('/api/v1/apps', 'operator', {
  name: 'Example app',
  kind: 'public',
  redirectUris: [`${origin}/app`],
  launchUrl: `${origin}/launch`,
  scope,
});
const patient = values.patient ?? (await somePatient());
const library = readFileSync(createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.js'));
const page = (script: string): string => `<!doctype html><html lang="en"><title>Example app</title>
<h1>Example app</h1><pre id="seen"></pre><script src="/fhir-client.js"></script><script>${script}</script></html>`;
const launching = JSON.stringify({ clientId: app.id, scope, redirectUri: '/app' });
const pages: Readonly<Record<string, string | Buffer>> = {
  '/fhir-client.js': library,
  '/launch': page(`FHIR.oauth2.authorize(${launching})`),
  '/app': page(`FHIR.oauth2.ready().then(async (client) => {
  const count = async (type) => (await client.request(type + '?_summary=count').catch(() => ({ total: 'not allowed' }))).total;
  const { scope, patient, encounter } = client.state.tokenResponse;
  const seen = { user: client.user.fhirUser, patient, encounter, scope, observations: await count('Observation'), conditions: await count('Condition') };
  document.querySelector('#seen').textContent = JSON.stringify(seen, null, 2);
}, (error) => { document.querySelector('#seen').textContent = error; })`),
};
createServer((request, response) => {
  const found = pages[new URL(request.url ?? '/', origin).pathname];
  const type = found === library ? 'text/javascript' : 'text/html';
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(found);
}).listen(Number(port), '127.0.0.1');
const { url } = await api('/api/v1/launch', 'clinician', { patient, app: app.id });
process.stdout.write(`Open this within five minutes, and sign in as the clinician:\n${url}\n`);
