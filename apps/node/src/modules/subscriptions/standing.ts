import {
  type Authority,
  authenticateClient,
  ConsentError,
  clientOf,
  directed,
  hashSecret,
  secretKind,
  sessionOf,
  staffAuthority,
  subjectAuthority,
} from '../consent/index.ts';
import { activeOrganization, DirectoryError } from '../directory/index.ts';
import { authorizeConsent, type PeerStanding, peerStanding } from '../exchange/index.ts';
import { type AppStanding, appStanding, authorizeStanding, authorizeUserSession } from '../smart/index.ts';
import type { SubscriptionsContext } from './context.ts';

/**
 * On what somebody subscribed: what must still hold at each delivery. Of tokens only the hash is kept.
 */
export type Standing =
  | { readonly kind: 'client' | 'user'; readonly tokenHash: string; readonly purpose: string }
  | { readonly kind: 'session'; readonly tokenHash: string }
  | { readonly kind: 'peer'; readonly peer: PeerStanding }
  | { readonly kind: 'app'; readonly app: AppStanding; readonly purpose: string };

/** The standing of whoever holds a token. Throws ConsentError `token-unknown` or `token-expired`. */
export async function standingOf(
  context: SubscriptionsContext,
  token: string,
  { purpose }: Authority,
): Promise<Standing> {
  switch (secretKind(token)) {
    case 'client':
      await authenticateClient(context.database, token);
      return { kind: 'client', tokenHash: hashSecret(token), purpose };
    case 'user':
      return { kind: 'user', tokenHash: hashSecret(token), purpose };
    case 'session':
      return { kind: 'session', tokenHash: hashSecret(token) };
    case 'peer':
      return { kind: 'peer', peer: await peerStanding(context, token) };
    case 'app':
      return { kind: 'app', app: await appStanding(context.smart, token), purpose };
    default:
      throw new ConsentError('token-unknown', 'the bearer token is not known here');
  }
}

/** What a standing comes to at this moment: an authority, that it has ended, or that it cannot be told now. */
export type Decision =
  | { readonly is: 'permitted'; readonly authority: Authority }
  | { readonly is: 'ended'; readonly reason: string }
  | { readonly is: 'later' };

/** Decides anew, as for a request that came in just now: tokens, apps, people, consents, the ledger. Fails closed. */
export async function decideStanding(
  context: SubscriptionsContext,
  standing: Standing,
  requestId: string,
): Promise<Decision> {
  try {
    return { is: 'permitted', authority: await authorityOf(context, standing, requestId) };
  } catch (error) {
    if (error instanceof ConsentError)
      return error.reason === 'ledger-stale' ? { is: 'later' } : { is: 'ended', reason: error.reason ?? error.code };
    if (error instanceof DirectoryError) return { is: 'ended', reason: error.code };
    throw error;
  }
}

async function authorityOf(context: SubscriptionsContext, standing: Standing, requestId: string): Promise<Authority> {
  switch (standing.kind) {
    case 'client': {
      const { purpose, tokenHash } = standing;
      const client = await clientOf(context.database, tokenHash);
      return directed(
        context,
        staffAuthority(client, { organization: context.ledger.organization, purpose, requestId }),
      );
    }
    case 'user': {
      const { purpose, tokenHash } = standing;
      return directed(context, await authorizeUserSession(context.smart, tokenHash, { purpose, requestId }));
    }
    case 'session':
      return subjectAuthority(context, await sessionOf(context, standing.tokenHash), requestId);
    case 'peer':
      await activeOrganization(context.database, standing.peer.organization);
      return authorizeConsent(context, standing.peer, requestId);
    case 'app':
      return directed(
        context,
        await authorizeStanding(context.smart, standing.app, { purpose: standing.purpose, requestId }),
      );
  }
}
