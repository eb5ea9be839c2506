import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { type Action, encodeAction } from './propose.ts';

/**
 * Carries out a proposal whose delay is over, or one with enough votes that needs none. For anyone.
 *
 * Reverts: Council_WrongStage, AccessManagerNotReady, AccessManagerNotScheduled, and whatever the call itself does.
 */
export function executeProposal({ council }: Deployment, action: Action): Call {
  return { to: council, data: encodeAction('execute', action) };
}
