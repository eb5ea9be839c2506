import type { Provider } from 'oidc-provider';
import type { ExchangeContext } from '../exchange/index.ts';
import type { AppRegistry } from './apps.ts';
import type { Attempts } from './attempts.ts';
import type { LaunchReference } from './launches.ts';
import type { EntryStore } from './store.ts';
import type { UserRole, Users } from './users.ts';

/** An OpenID provider at which people of this organisation sign in already. */
export interface UpstreamConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** The claim of its id token that says who somebody is: the `external` of a user here. Default `sub`. */
  readonly claim: string;
}

/** Somebody who signs in by a click on her name: for development. */
export interface DemoUser {
  readonly name: string;
  /** `Practitioner/…` or `Patient/…`. */
  readonly fhirUser: string;
  /** What she may do; a Practitioner is a clinician unless said. */
  readonly role?: UserRole | undefined;
}

/** How SMART App Launch is set up. */
export interface SmartConfig {
  /** Name of the organisation, as people read it. */
  readonly name: string;
  /** Where others reach the node, without a slash at the end. */
  readonly publicUrl: string;
  readonly production: boolean;
  readonly demoUsers: readonly DemoUser[];
  readonly upstream?: UpstreamConfig | undefined;
}

/** What SMART App Launch works with: one for a node. */
export interface SmartContext {
  readonly context: ExchangeContext;
  readonly config: SmartConfig;
  /** The authorization server's issuer: `publicUrl`/oauth. */
  readonly issuer: string;
  readonly store: EntryStore;
  readonly apps: AppRegistry;
  readonly users: Users;
  readonly attempts: Attempts;
  readonly provider: Provider;
  /** Signs what forms carry, so that only our pages can send them. */
  readonly formKey: Uint8Array;
}

/** What a launch is about, kept beside the grant that it ended in. */
export interface LaunchContext {
  readonly patient: string | null;
  readonly encounter: string | null;
  readonly fhirContext: readonly LaunchReference[];
  /** Whether the app must show who the patient is: false when it was launched from a record that shows her. */
  readonly banner: boolean;
}
