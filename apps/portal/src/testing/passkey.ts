import type { Page } from 'playwright-core';

/** A device that opens by a finger: an authenticator with user verification, discoverable credentials and PRF (CDP WebAuthn). */
export interface Authenticator {
  readonly id: string;
  /** Whether it consents by itself; false: prompts stay open until they time out. */
  setPresence(present: boolean): Promise<void>;
  credentials(): Promise<readonly { readonly credentialId: string; readonly rpId?: string }[]>;
  remove(): Promise<void>;
}

export async function addPasskeyDevice(page: Page, { prf = true } = {}): Promise<Authenticator> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId: id } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf: prf,
    },
  });
  return {
    id,
    setPresence: async (enabled) => {
      await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: id, enabled });
    },
    credentials: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials,
    remove: async () => {
      await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id });
    },
  };
}
