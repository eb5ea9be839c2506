import type { FastifyInstance } from 'fastify';
import { registerPasskey, registrationOptions, type User } from '../../modules/smart/index.ts';
import type { ApiContext } from '../context.ts';
import { formOf, formToken } from './forms.ts';
import { sendPage } from './html.ts';
import { shown } from './interaction.ts';
import { enrollPage, messagePage } from './pages.ts';

const WRONG = 'The code is not known, was used, or is too old.';

/** Making a passkey with the code of an invitation. The code stays out of addresses: they are logged on the way. */
export function enrollRoutes(server: FastifyInstance, api: ApiContext): void {
  const { smart } = api;
  const { store, users, config } = smart;
  const invited = async (code: string): Promise<User | null> => {
    const invitation = (await store.get('Invitation', code))?.value as { user: string } | undefined;
    return invitation === undefined ? null : users.find(invitation.user);
  };

  server.get(
    '/oauth/enroll',
    shown(async (_request, reply) => sendPage(reply, enrollPage(config.name, formToken(smart, 'enroll'), null))),
  );

  server.post(
    '/oauth/enroll',
    shown(async (request, reply) => {
      const form = formOf(smart, request, 'enroll');
      const key = `ip:${request.ip}`;
      await smart.attempts.require(key);
      const code = (form.get('code') ?? '').trim();
      const user = await invited(code);
      if (user === null) {
        await smart.attempts.failed(key);
        return sendPage(reply, enrollPage(config.name, formToken(smart, 'enroll'), null, WRONG), { status: 401 });
      }
      const options = await registrationOptions(smart, `enroll/${code}`, user);
      const step = { code, name: user.name, options };
      return sendPage(reply, enrollPage(config.name, formToken(smart, 'enroll'), step));
    }),
  );

  server.post(
    '/oauth/enroll/passkey',
    shown(async (request, reply) => {
      const form = formOf(smart, request, 'enroll');
      const key = `ip:${request.ip}`;
      await smart.attempts.require(key);
      const code = form.get('code') ?? '';
      const user = await invited(code);
      const made = user !== null && (await registerPasskey(smart, `enroll/${code}`, user, credentialOf(form)));
      // Of two who use one code at once, one has it.
      if (!made || (await store.take('Invitation', code)) === null) {
        await smart.attempts.failed(key);
        return sendPage(reply, enrollPage(config.name, formToken(smart, 'enroll'), null, WRONG), { status: 401 });
      }
      return sendPage(reply, messagePage('Your passkey is made', 'From now on you sign in with it.'));
    }),
  );
}

function credentialOf(form: URLSearchParams): unknown {
  try {
    return JSON.parse(form.get('credential') ?? '') as unknown;
  } catch {
    return null;
  }
}
