/** What a connection presents. `renew`, where there is one, is called once after a 401 before the request is repeated. */
export interface Credentials {
  /** The value of the Authorization header, or undefined for none. */
  authorization(signal?: AbortSignal): Promise<string | undefined>;
  renew?(signal?: AbortSignal): Promise<void>;
}

/** A bearer token that the caller was given (RFC 6750), or a function that yields the current one. */
export function bearer(token: string | (() => Promise<string> | string)): Credentials {
  return {
    async authorization() {
      const value = typeof token === 'string' ? token : await token();
      return `Bearer ${value}`;
    },
  };
}
