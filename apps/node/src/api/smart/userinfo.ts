import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InsufficientScope } from '../../modules/records/index.ts';
import { claimsOfUser } from '../../modules/smart/index.ts';
import { bearerOf } from '../authenticate.ts';
import type { ApiContext } from '../context.ts';

/**
 * Who the person is that an app acts for (OpenID Connect Core, section 5.3), for apps that do not read the id token. oidc-provider's own endpoint takes no token
 * that was made for the FHIR server, and all of ours are.
 */
export function userInfoRoutes(server: FastifyInstance, api: ApiContext): void {
  const answer = async (request: FastifyRequest) => {
    api.checkpoints.requireIntact();
    const claims = await claimsOfUser(api.smart, bearerOf(request));
    if (claims === null) throw new InsufficientScope();
    return claims;
  };
  server.get('/oauth/userinfo', answer);
  server.post('/oauth/userinfo', answer);
}
