import { AnamnesisError, type App, forbidden } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, type Interaction } from 'oidc-provider';
import { appendAccess } from '../../modules/audit/index.ts';
import {
  finishUpstream,
  grantedScopes,
  type LaunchContext,
  type Offer,
  offerOf,
  pickerAuthority,
  type SmartContext,
  signInOptions,
  startUpstream,
  takeLaunch,
  UpstreamError,
  type User,
  userScope,
  verifyPasskey,
} from '../../modules/smart/index.ts';
import type { ApiContext } from '../context.ts';
import { httpFailure } from '../errors.ts';
import { formOf, formToken } from './forms.ts';
import { sendPage, sourceOf } from './html.ts';
import { consentPage, encounterPage, messagePage, type PageParts, pickerPage, signInPage } from './pages.ts';
import { openPicker } from './picker.ts';

interface Params {
  readonly uid: string;
}

/** What a sign-in has found out so far, kept until the person has decided. */
interface Pending extends LaunchContext {
  /** Whether a visit has still to be asked for. */
  readonly askEncounter: boolean;
}

const PENDING_LIFE = 1800;
const GRANT_LIFE = 90 * 86_400;

/** A step of a sign-in at hand. */
interface Step {
  readonly interaction: Interaction;
  readonly parts: PageParts;
  readonly app: App;
  readonly place: string;
}

/**
 * The pages between an app's request and our answer: who it is, whose record, what the app may have. State is oidc-provider's, bound to the browser by a
 * cookie; every form carries a token of its own sign-in.
 */
export function interactionRoutes(server: FastifyInstance, api: ApiContext): void {
  const { smart } = api;
  const { provider, store, users } = smart;
  const BASE = '/oauth/interaction/:uid';

  const step = async (request: FastifyRequest, reply: FastifyReply): Promise<Step> => {
    const { uid } = request.params as Params;
    const interaction = await provider.interactionDetails(request.raw, reply.raw);
    if (interaction.uid !== uid) throw new AnamnesisError('interaction-malformed', 'This sign-in is of another window');
    const app = await smart.apps.find(interaction.params.client_id ?? '');
    if (app === null) throw forbidden('The app is no longer registered');
    const place = `interaction/${uid}`;
    const parts = {
      at: `${smart.issuer}/interaction/${uid}`,
      token: formToken(smart, place),
      appName: app.name,
      organization: smart.config.name,
    };
    return { interaction, parts, app, place };
  };
  const finish = async (request: FastifyRequest, reply: FastifyReply, result: object): Promise<FastifyReply> =>
    reply.redirect(await provider.interactionResult(request.raw, reply.raw, result), 303);
  const signIn = async (reply: FastifyReply, { parts, place }: Step, problem?: string): Promise<FastifyReply> => {
    const passkey = await signInOptions(smart, place);
    const demo = smart.config.production || smart.config.demoUsers.length === 0 ? [] : await users.demo();
    const ways = { passkey, upstream: smart.config.upstream !== undefined, demo };
    return sendPage(reply, signInPage({ ...parts, problem }, ways), { status: problem === undefined ? 200 : 401 });
  };
  const signedIn = async (
    request: FastifyRequest,
    reply: FastifyReply,
    user: User,
    amr: string,
  ): Promise<FastifyReply> => {
    await log(smart, user, null, request.id, { action: 'login', patients: own(user) });
    return finish(request, reply, { login: { accountId: user.id, amr: [amr] } });
  };
  const userOf = async ({ interaction }: Step): Promise<User> => {
    const user = await users.find(interaction.session?.accountId ?? '');
    if (user === null || interaction.prompt.name !== 'consent') throw forbidden('Sign in first');
    return user;
  };
  const deny = (request: FastifyRequest, reply: FastifyReply, description: string): Promise<FastifyReply> =>
    finish(request, reply, { error: 'access_denied', error_description: description });

  server.get<{ Params: Params }>(
    BASE,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      if (at.interaction.prompt.name === 'login') return signIn(reply, at);
      return proceed(request, reply, at, await userOf(at));
    }),
  );

  /** Whose record first, then which visit, then what the app may have. */
  async function proceed(request: FastifyRequest, reply: FastifyReply, at: Step, user: User): Promise<FastifyReply> {
    const { interaction, parts, app } = at;
    const { scope, launch, redirect_uri: redirectUri } = interaction.params;
    const offer = offerOf(scope, app, userScope(user));
    const picker = openPicker(smart, user, app, request.id);
    let pending = (await store.get('Pending', interaction.uid))?.value as Pending | undefined;
    if (pending === undefined) {
      const found = await aboutWhom(smart, offer, user, app, launch);
      if (found === 'foreign')
        return deny(request, reply, 'the launch is not known, was used, or is of another person');
      if (found === 'ask') return sendPage(reply, pickerPage(parts, { name: '', birthDate: '', found: null }));
      pending = found;
      await store.put('Pending', interaction.uid, pending, PENDING_LIFE);
    }
    if (pending.askEncounter && pending.patient !== null) {
      return sendPage(reply, encounterPage(parts, await picker.encounters(pending.patient)));
    }
    const patient = pending.patient === null ? null : await picker.patient(pending.patient);
    if (pending.patient !== null && patient === null) return deny(request, reply, 'there is no such patient');
    return sendPage(reply, consentPage(parts, { user, app, offer, patient }), { to: sourceOf(redirectUri) });
  }

  server.post<{ Params: Params }>(
    `${BASE}/demo`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const form = formOf(smart, request, at.place);
      const key = `ip:${request.ip}`;
      await smart.attempts.require(key);
      const { production, demoUsers } = smart.config;
      const user = production || demoUsers.length === 0 ? null : await users.find(form.get('user') ?? '');
      if (user?.demo) return signedIn(request, reply, user, 'demo');
      await smart.attempts.failed(key);
      return signIn(reply, at, 'Nobody of that name signs in here.');
    }),
  );

  server.post<{ Params: Params }>(
    `${BASE}/passkey`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const form = formOf(smart, request, at.place);
      const key = `ip:${request.ip}`;
      await smart.attempts.require(key);
      const user = await verifyPasskey(smart, at.place, jsonOf(form.get('credential')));
      if (user !== null) return signedIn(request, reply, user, 'hwk');
      await smart.attempts.failed(key);
      return signIn(reply, at, 'The passkey is not known here.');
    }),
  );

  server.get<{ Params: Params }>(
    `${BASE}/upstream`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const { upstream } = smart.config;
      if (upstream === undefined) throw forbidden('There is no other provider');
      return reply.redirect(await startUpstream(smart, upstream, at.interaction.uid), 303);
    }),
  );
  server.get(
    '/oauth/upstream/callback',
    shown(async (request, reply) => {
      const { upstream } = smart.config;
      if (upstream === undefined) throw forbidden('There is no other provider');
      const answer = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1));
      const { interaction, user } = await finishUpstream(smart, upstream, answer);
      // The browser that began shows its cookie there; nobody else can use what is kept.
      await store.put('UpstreamUser', interaction, { user: user?.id ?? null }, 60);
      return reply.redirect(`${smart.issuer}/interaction/${interaction}/upstream/done`, 303);
    }),
  );
  server.get<{ Params: Params }>(
    `${BASE}/upstream/done`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const held = (await store.take('UpstreamUser', at.interaction.uid)) as { user: string | null } | null;
      const user = held?.user ? await users.find(held.user) : null;
      return user === null
        ? signIn(reply, at, 'Your account is not known here.')
        : signedIn(request, reply, user, 'fed');
    }),
  );

  server.post<{ Params: Params }>(
    `${BASE}/find`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const form = formOf(smart, request, at.place);
      const search = { name: form.get('name') ?? '', birthDate: form.get('birthdate') ?? '' };
      const found = await openPicker(smart, await userOf(at), at.app, request.id).find(search);
      return sendPage(reply, pickerPage(at.parts, { ...search, found }));
    }),
  );

  server.post<{ Params: Params }>(
    `${BASE}/patient`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const form = formOf(smart, request, at.place);
      const user = await userOf(at);
      const { uid, params } = at.interaction;
      // A launch says whom it is about; only a standalone one is asked.
      if (params.launch !== undefined || (await store.get('Pending', uid)) !== null)
        return proceed(request, reply, at, user);
      const patient = await openPicker(smart, user, at.app, request.id).patient(form.get('patient') ?? '');
      if (patient === null) {
        return sendPage(
          reply,
          pickerPage({ ...at.parts, problem: 'Choose a patient.' }, { name: '', birthDate: '', found: null }),
        );
      }
      const askEncounter = offerOf(params.scope, at.app, userScope(user)).context.includes('launch/encounter');
      const pending: Pending = { patient: patient.id, encounter: null, fhirContext: [], banner: true, askEncounter };
      await store.put('Pending', uid, pending, PENDING_LIFE);
      return proceed(request, reply, at, user);
    }),
  );

  server.post<{ Params: Params }>(
    `${BASE}/encounter`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const form = formOf(smart, request, at.place);
      const user = await userOf(at);
      const { uid } = at.interaction;
      const pending = (await store.get('Pending', uid))?.value as Pending | undefined;
      if (pending?.askEncounter && pending.patient !== null) {
        const known = await openPicker(smart, user, at.app, request.id).encounters(pending.patient);
        const encounter = known.find(({ id }) => id === form.get('encounter'))?.id ?? null;
        await store.put('Pending', uid, { ...pending, encounter, askEncounter: false }, PENDING_LIFE);
      }
      return proceed(request, reply, at, user);
    }),
  );

  server.post<{ Params: Params }>(
    `${BASE}/refuse`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      formOf(smart, request, at.place);
      return deny(request, reply, 'the person refused');
    }),
  );

  server.post<{ Params: Params }>(
    `${BASE}/consent`,
    shown(async (request, reply) => {
      const at = await step(request, reply);
      const form = formOf(smart, request, at.place);
      const user = await userOf(at);
      const { interaction, app } = at;
      const pending = (await store.take('Pending', interaction.uid)) as Pending | null;
      if (pending === null || pending.askEncounter) return deny(request, reply, 'the sign-in took too long');
      const offer = offerOf(interaction.params.scope, app, userScope(user));
      const granted = grantedScopes(offer, form);
      if (granted.length === 0) return deny(request, reply, 'nothing was granted');
      const grant = new provider.Grant({ accountId: user.id, clientId: app.id });
      grant.addOIDCScope(granted.filter((word) => offer.context.includes(word)).join(' '));
      grant.addResourceScope(smart.context.base, granted.join(' '));
      const grantId = await grant.save();
      const { patient, encounter, fhirContext, banner } = pending;
      const about: LaunchContext = { patient, encounter, fhirContext, banner };
      await store.put('LaunchContext', grantId, about, GRANT_LIFE, {
        grant: grantId,
        client: app.id,
        account: user.id,
      });
      await log(smart, user, app, request.id, {
        action: 'grant',
        patients: patient === null ? own(user) : [patient],
        query: granted.join(' '),
      });
      // From here on the request is for what was granted: so a scope can be narrowed to words that the app did not use.
      interaction.params.scope = granted.join(' ');
      await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
      return finish(request, reply, { consent: { grantId } });
    }),
  );
}

/** Whom a launch is about: known from the launch or from who the user is, to be asked, or not to be told to this user. */
async function aboutWhom(
  smart: SmartContext,
  offer: Offer,
  user: User,
  app: App,
  launch: string | undefined,
): Promise<Pending | 'ask' | 'foreign'> {
  if (launch !== undefined) {
    const known = await takeLaunch(smart.store, launch, { user: user.fhirUser, app: app.id });
    if (known === null) return 'foreign';
    const { patient, encounter, fhirContext } = known;
    return { patient, encounter, fhirContext, banner: false, askEncounter: false };
  }
  const asked = offer.context.includes('launch/patient') || offer.context.includes('launch/encounter');
  if (!asked && !offer.parts.some(({ scope }) => scope.level === 'patient')) {
    return { patient: null, encounter: null, fhirContext: [], banner: true, askEncounter: false };
  }
  const [patient] = own(user);
  if (patient === undefined) return 'ask';
  return {
    patient,
    encounter: null,
    fhirContext: [],
    banner: true,
    askEncounter: offer.context.includes('launch/encounter'),
  };
}

function own({ fhirUser }: User): string[] {
  return fhirUser.startsWith('Patient/') ? [fhirUser.slice('Patient/'.length)] : [];
}

async function log(
  smart: SmartContext,
  user: User,
  app: App | null,
  requestId: string,
  what: { readonly action: 'login' | 'grant'; readonly patients: readonly string[]; readonly query?: string },
): Promise<void> {
  const { actor, display, organization, purpose, automatic, basis } = pickerAuthority(
    smart,
    user,
    app ?? { id: '', name: '' },
    requestId,
  );
  const entry = {
    at: smart.context.clock(),
    outcome: 'success',
    actor,
    display,
    organization,
    purpose,
    automatic,
    requestId,
  } as const;
  const through = app === null ? {} : { app: { id: app.id, name: app.name } };
  await smart.context.database.transaction((tx) =>
    appendAccess(smart.context, tx, [{ ...entry, basis: basis.kind, entities: [], ...what, ...through }]),
  );
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return null;
  }
}

/** A handler whose errors are told on a page. What is unexpected goes on to where all such errors go. */
export function shown(
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  return async (request, reply) => {
    try {
      return await handler(request, reply);
    } catch (error) {
      if (error instanceof errors.SessionNotFound) {
        return sendPage(reply, messagePage('This sign-in has ended', 'Go back to the app and begin again.'), {
          status: 400,
        });
      }
      if (error instanceof UpstreamError) {
        return sendPage(reply, messagePage('Signing in did not work', 'Go back to the app and begin again.'), {
          status: 400,
        });
      }
      const failure = httpFailure(error);
      if (failure.unexpected) throw error;
      if (failure.status === 429) reply.header('retry-after', '300');
      return sendPage(reply, messagePage('This did not work', failure.said), { status: failure.status });
    }
  };
}
