import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { type Action, encodeAction } from './propose.ts';

/**
 * Schedules a proposal with enough votes, where the council has a delay. For anyone.
 *
 * Reverts: Council_WrongStage, AccessManagerUnauthorizedCall (where there is no delay).
 */
export function queueProposal({ council }: Deployment, action: Action): Call {
  return { to: council, data: encodeAction('queue', action) };
}
