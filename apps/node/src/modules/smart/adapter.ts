import { type Adapter, errors, type Json } from 'oidc-provider';
import type { AppRegistry } from './apps.ts';
import type { EntryStore } from './store.ts';

/** Models whose id is a secret that the holder presents: it is not stored, even encrypted. */
const SECRET_ID = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'ClientCredentials']);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * Keeps the state of oidc-provider in the node's database. What it asks first and changes afterwards (using up a code, a refresh token, the `jti` of an
 * assertion) is decided by the database, so that two requests at once cannot both succeed.
 */
export function sqlAdapter(store: EntryStore, apps: AppRegistry): (model: string) => Adapter {
  return (model) => {
    if (model === 'Client') return clientAdapter(apps);
    const restored = (value: unknown, consumedAt: number | null, id?: string): Json => ({
      ...(value as Json),
      ...(id !== undefined && SECRET_ID.has(model) && { jti: id }),
      ...(consumedAt !== null && { consumed: consumedAt }),
    });
    return {
      async upsert(id, payload, expiresIn) {
        const { jti, ...rest } = payload;
        const value = SECRET_ID.has(model) ? rest : payload;
        if (model === 'ReplayDetection') {
          if (await store.putNew(model, id, value, expiresIn)) return;
          throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
        }
        await store.put(model, id, value, expiresIn, {
          grant: model === 'Grant' ? id : textOf(payload.grantId),
          uid: model === 'Session' ? textOf(payload.uid) : undefined,
          client: textOf(payload.clientId),
          account: textOf(payload.accountId),
        });
      },
      async find(id) {
        const entry = await store.get(model, id);
        return entry === null ? undefined : restored(entry.value, entry.consumedAt, id);
      },
      async findByUid(uid) {
        const entry = await store.getByUid(model, uid);
        return entry === null ? undefined : restored(entry.value, entry.consumedAt);
      },
      findByUserCode: async () => undefined,
      async consume(id) {
        if (await store.consume(model, id)) return;
        // Used twice at the same moment: the same as used again.
        const entry = await store.get(model, id);
        const grant = textOf((entry?.value as Json | undefined)?.grantId);
        if (grant !== undefined) await store.removeGrant(grant);
        throw new errors.InvalidGrant('the grant was used already');
      },
      destroy: (id) => store.remove(model, id),
      revokeByGrantId: (grantId) => store.removeGrant(grantId),
    };
  };
}

function clientAdapter(apps: AppRegistry): Adapter {
  const never = async (): Promise<never> => {
    throw new TypeError('apps are registered by the operator only');
  };
  return {
    find: (id) => apps.metadata(id),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: never,
    consume: never,
    destroy: never,
    revokeByGrantId: never,
  };
}
