import { AnamnesisError } from '@anamnesis/protocol';
import { ConsentError, clientNamed, ensureClient } from '../consent/index.ts';
import type { IntakeContext } from './context.ts';

/**
 * Makes the integrators that the settings name known, as clients whose token nobody has: being in the settings is what lets them in, and ending the client
 * ends that. Errors: `config-malformed` where a name is that of a client of another role.
 */
export async function registerSenders({ database, intake }: IntakeContext): Promise<void> {
  for (const name of new Set(intake.senders.map(({ client }) => client))) {
    const slug =
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 64) || 'integrator';
    await ensureClient(database, { name, actor: `Device/${slug}`, role: 'integrator' }, { now: Date.now() });
    const client = await clientNamed(database, name).catch((error: unknown) => {
      // One that was ended stays so.
      if (error instanceof ConsentError) return null;
      throw error;
    });
    if (client !== null && client.role !== 'integrator') {
      throw new AnamnesisError(
        'config-malformed',
        'ANAMNESIS_INTAKE: senders.client is the name of a client who is no integrator',
      );
    }
  }
}
