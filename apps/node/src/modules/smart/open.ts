import { hkdfSync } from 'node:crypto';
import { AnamnesisError, fromBase64Url } from '@anamnesis/protocol';
import type { JWK } from 'jose';
import type { ExchangeContext } from '../exchange/index.ts';
import { openApps } from './apps.ts';
import { openAttempts } from './attempts.ts';
import type { SmartConfig, SmartContext } from './context.ts';
import { createProvider, type ProviderParts } from './provider.ts';
import { openEntryStore } from './store.ts';
import { openUsers } from './users.ts';

/** Errors: `demo-users-in-production`. A click on a name is no sign-in where records are real. */
export function checkDemoUsers({ production, demoUsers }: Pick<SmartConfig, 'production' | 'demoUsers'>): void {
  if (!production || demoUsers.length === 0) return;
  throw new AnamnesisError(
    'demo-users-in-production',
    'A node in production has no demo users: people sign in with passkeys, or at an upstream provider',
  );
}

/**
 * Opens SMART App Launch for a node. `keys`: of the node's key file; what else is secret is derived from the master key.
 *
 * Errors: `demo-users-in-production`.
 */
export async function openSmart(
  context: ExchangeContext,
  config: SmartConfig,
  keys: { readonly master: string; readonly idToken: JWK },
  pages: Pick<ProviderParts, 'renderError' | 'renderLogout'>,
): Promise<SmartContext> {
  checkDemoUsers(config);
  const { database, clock } = context;
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', fromBase64Url(keys.master) ?? '', '', `anamnesis/oauth/${purpose}`, 32));
  const store = openEntryStore(database, derive('entries'), clock);
  const apps = openApps(database, clock);
  const users = openUsers(database, store, clock);
  for (const user of config.demoUsers) await users.ensure(user, { demo: true });
  const issuer = `${config.publicUrl}/oauth`;
  const provider = createProvider({
    context,
    issuer,
    store,
    apps,
    users,
    idToken: keys.idToken,
    cookieKey: Buffer.from(derive('cookies')).toString('base64url'),
    secure: config.publicUrl.startsWith('https:'),
    ...pages,
  });
  const attempts = openAttempts(database, clock);
  return { context, config, issuer, store, apps, users, attempts, provider, formKey: derive('forms') };
}
