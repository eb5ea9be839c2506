import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { encodePause, type Pause } from './pause.ts';

/**
 * Lets a running pause end 72 hours from now, with a scope that may be another. For the council, at once.
 *
 * Reverts: Authority_NotPaused, Authority_NotPausable, AccessManagerUnauthorizedAccount.
 */
export function renewPause(deployment: Deployment, pausing: Pause): Call {
  return { to: deployment.authority, data: encodePause('renewPause', deployment, pausing) };
}
