import { type AccessWish, checkGrant, checks, type Grant } from '@anamnesis/protocol';
import { checkWish } from './request.ts';
import { checkStatementMessage, type EmergencyStatementMessage } from './statements.ts';

/** What nodes tell each other about requests, and about emergencies to be judged. Each can be told again without harm. */
export type Message =
  | { readonly kind: 'request'; readonly wish: AccessWish }
  | { readonly kind: 'withdrawal'; readonly id: string }
  | { readonly kind: 'answer'; readonly id: string; readonly grant: Grant | null }
  | EmergencyStatementMessage;

const { fail, nullable, object, oneOf, text } = checks('request-malformed');
const id = text(36, 36);
const request = object<Extract<Message, { kind: 'request' }>>({ kind: oneOf('request'), wish: checkWish });
const withdrawal = object<Extract<Message, { kind: 'withdrawal' }>>({ kind: oneOf('withdrawal'), id });
const answer = object<Extract<Message, { kind: 'answer' }>>({
  kind: oneOf('answer'),
  id,
  grant: nullable((value) => checkGrant(value)),
});

/** A message from outside. Throws AnamnesisError `request-malformed`, `grant-malformed` or `terms-malformed`. */
export function checkMessage(value: unknown): Message {
  switch ((value as { kind?: unknown } | null)?.kind) {
    case 'request':
      return request(value, 'message');
    case 'withdrawal':
      return withdrawal(value, 'message');
    case 'answer':
      return answer(value, 'message');
    case 'emergency':
      return checkStatementMessage(value, 'message');
    default:
      return fail('message.kind', 'request, withdrawal, answer or emergency');
  }
}
