import { randomBytes } from 'node:crypto';
import type { SmartNode } from './smart-world.ts';
import { choicesIn, filled, formIn, newPkce, newVisitor, type Page, userNamed, type Visitor } from './visitor.ts';

/** Where the tests' app is answered. Nobody listens there: the visitor stops. */
export const CALLBACK = 'http://127.0.0.1:9/callback';

/** What the token endpoint answers. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope: string;
  readonly patient?: string;
  readonly encounter?: string;
  readonly need_patient_banner?: boolean;
  readonly token_type: string;
  readonly expires_in: number;
  readonly error?: string;
}

/** Registers an app. */
export async function registerApp(
  node: SmartNode,
  over: Record<string, unknown> = {},
): Promise<{ id: string; secret?: string }> {
  const app = {
    name: 'Growth Chart',
    kind: 'public',
    redirectUris: [CALLBACK],
    scope:
      'openid fhirUser profile launch launch/patient launch/encounter online_access offline_access patient/*.cruds user/*.cruds',
    ...over,
  };
  const answer = await node.api('apps', app, 'operator');
  if (answer.status !== 201) throw new Error(await answer.text());
  return (await answer.json()) as { id: string; secret?: string };
}

/** One authorization request, as an app makes it. */
export interface Authorization {
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
}

export function authorization(
  node: SmartNode,
  client: string,
  over: Record<string, string | null> = {},
): Authorization {
  const { verifier, challenge } = newPkce();
  const state = randomBytes(16).toString('base64url');
  const url = new URL(`${node.url}/oauth/authorize`);
  const parameters: Record<string, string | null> = {
    response_type: 'code',
    client_id: client,
    redirect_uri: CALLBACK,
    scope: 'launch/patient patient/*.rs',
    state,
    aud: node.base,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...over,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
  return { url: url.href, state, verifier };
}

/** Signs a demo user in, on the page that an authorization request leads to. */
export async function signInAs(visitor: Visitor, at: Page, name: string, app = CALLBACK): Promise<Page> {
  return visitor.submit(filled(formIn(at, '/demo'), { user: userNamed(at, name) }), app);
}

/** Picks a patient by name, as staff do. */
export async function pickPatient(visitor: Visitor, at: Page, name: string): Promise<Page> {
  const found = await visitor.submit(filled(formIn(at, '/find'), { name }));
  const [, patient = ''] = /name="patient" value="([^"]*)"/.exec(found.text) ?? [];
  return visitor.submit(filled(formIn(found, '/patient'), { patient }));
}

/** Allows what is asked; `without`: titles of choices that are taken out. */
export async function allow(
  visitor: Visitor,
  at: Page,
  without: readonly string[] = [],
  app = CALLBACK,
): Promise<Page> {
  const choices = choicesIn(at);
  const out = without.map((title) => [choices[title] ?? title, null] as const);
  return visitor.submit(filled(formIn(at, '/consent'), Object.fromEntries(out)), app);
}

/** What came back to the app. */
export function answerIn(page: Page): Record<string, string> {
  return Object.fromEntries(new URL(page.url).searchParams);
}

/** Asks the token endpoint. */
export async function askToken(
  node: SmartNode,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: TokenAnswer; headers: Headers }> {
  const answer = await fetch(`${node.url}/oauth/token`, { method: 'POST', headers, body: new URLSearchParams(form) });
  return { status: answer.status, body: (await answer.json()) as TokenAnswer, headers: answer.headers };
}

/** A whole launch: sign in, pick a patient where asked, allow, exchange the code. */
export async function launchApp(
  node: SmartNode,
  client: string,
  options: {
    readonly user?: string;
    readonly pick?: string;
    readonly scope?: string;
    readonly launch?: string;
    readonly without?: readonly string[];
    readonly visitor?: Visitor;
  } = {},
): Promise<TokenAnswer & { readonly code: string; readonly verifier: string }> {
  const visitor = options.visitor ?? newVisitor();
  const { url, verifier } = authorization(node, client, {
    ...(options.scope !== undefined && { scope: options.scope }),
    ...(options.launch !== undefined && { launch: options.launch }),
  });
  let at = await visitor.open(url, CALLBACK);
  if (at.text.includes('/demo"')) at = await signInAs(visitor, at, options.user ?? 'Dr Hale');
  if (at.text.includes('/find"')) at = await pickPatient(visitor, at, options.pick ?? 'Santos');
  if (at.text.includes('/encounter"')) at = await visitor.submit(formIn(at, '/encounter'), CALLBACK);
  const { code = '', error } = answerIn(at.text.includes('/consent"') ? await allow(visitor, at, options.without) : at);
  if (error !== undefined) throw new Error(error);
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    client_id: client,
    code_verifier: verifier,
  };
  const { status, body } = await askToken(node, form);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return { ...body, code, verifier };
}
