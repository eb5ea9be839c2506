/** What is used of oidc-provider 9, which brings no types. */
declare module 'oidc-provider' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export type Json = Readonly<Record<string, unknown>>;

  export interface Adapter {
    upsert(id: string, payload: Json, expiresIn: number): Promise<void>;
    find(id: string): Promise<Json | undefined>;
    findByUserCode(code: string): Promise<Json | undefined>;
    findByUid(uid: string): Promise<Json | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Client {
    readonly clientId: string;
    readonly clientName?: string;
    readonly clientSecret?: string;
    readonly clientAuthMethod: string;
    readonly redirectUris: readonly string[];
    readonly jwksUri?: string;
    grantTypeAllowed(type: string): boolean;
    compareClientSecret(actual: string): boolean | Promise<boolean>;
  }

  export interface Token {
    readonly kind: string;
    readonly accountId?: string;
    readonly clientId?: string;
    readonly grantId?: string;
    readonly scopes: ReadonlySet<string>;
  }

  export interface Grant {
    readonly jti: string;
    readonly accountId: string;
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    getResourceScope(resource: string): string;
    save(): Promise<string>;
  }

  export interface Interaction {
    readonly uid: string;
    readonly exp: number;
    readonly prompt: { readonly name: string };
    readonly params: Record<string, string | undefined>;
    readonly session?: { readonly accountId: string };
    save(ttl: number): Promise<string>;
  }

  export interface OidcContext {
    readonly route: string;
    readonly client: Client;
    readonly params: Record<string, string | undefined>;
    readonly result?: { readonly consent?: { readonly grantId?: string } };
    readonly entities: { readonly Grant?: Grant; readonly AccessToken?: Token & { readonly extra?: Json } };
  }

  export interface Context {
    readonly req: IncomingMessage;
    path: string;
    readonly method: string;
    query: Record<string, string | string[] | undefined>;
    status: number;
    type: string;
    body: unknown;
    readonly oidc: OidcContext;
    set(name: string, value: string): void;
  }

  export class Provider extends EventEmitter {
    constructor(issuer: string, configuration: object);
    readonly issuer: string;
    proxy: boolean;
    silent: boolean;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionResult(request: IncomingMessage, response: ServerResponse, result: object): Promise<string>;
    readonly Grant: {
      new (properties: { accountId: string; clientId: string }): Grant;
      find(id: string): Promise<Grant | undefined>;
    };
    readonly Client: { readonly prototype: Client; find(id: string): Promise<Client | undefined> };
    readonly AccessToken: { readonly prototype: { generateTokenId(this: { format?: string }): string } };
    readonly ClientCredentials: { readonly prototype: { generateTokenId(this: { format?: string }): string } };
  }

  export namespace errors {
    class OIDCProviderError extends Error {
      readonly error: string;
      readonly error_description?: string;
      readonly statusCode: number;
    }
    class InvalidRequest extends OIDCProviderError {
      constructor(description?: string);
    }
    class InvalidScope extends OIDCProviderError {
      constructor(description: string, scope?: string);
    }
    class InvalidTarget extends OIDCProviderError {
      constructor(description?: string);
    }
    class InvalidGrant extends OIDCProviderError {
      constructor(description?: string);
    }
    class InvalidClientAuth extends OIDCProviderError {
      constructor(description?: string);
    }
    class SessionNotFound extends OIDCProviderError {}
  }

  export default Provider;
}
