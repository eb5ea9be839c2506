/** Public apps run in browsers and on phones; confidential ones have a server that keeps a secret; backend services act by themselves. */
export type AppKind = 'public' | 'confidential' | 'backend';

/** What an operator says of a SMART app. */
export interface AppRegistration {
  readonly name: string;
  readonly kind: AppKind;
  /** Exact addresses to which answers go; none for a backend service. */
  readonly redirectUris: readonly string[];
  /** Where an EHR launches it. */
  readonly launchUrl: string | null;
  /** The most that it can ever be given, as a scope string. */
  readonly scope: string;
  readonly auth: 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  readonly jwks: object | null;
  readonly jwksUri: string | null;
}

/** A registered app. `id` is its OAuth `client_id`. */
export interface App extends AppRegistration {
  readonly id: string;
  readonly disabled: boolean;
}
