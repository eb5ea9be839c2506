import { Pool } from 'undici';

/** A pool of keep-alive connections to one node. */
export interface Http {
  /** Sends a request and reads the whole answer. Throws unless the status is the expected one. */
  ask(method: 'GET' | 'POST' | 'PUT', path: string, expected: number, body?: unknown): Promise<string>;
  /** The same with the answer parsed. */
  json(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    expected: number,
    body?: unknown,
  ): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Opens at most `connections` connections, each with one request at a time, under one bearer token. */
export function openHttp(origin: string, token: string, connections: number): Http {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const headers = { accept: 'application/fhir+json', authorization: `Bearer ${token}` };
  const typed = { ...headers, 'content-type': 'application/fhir+json' };
  const http: Http = {
    async ask(method, path, expected, body) {
      const text = body === undefined ? null : JSON.stringify(body);
      const answer = await pool.request({ method, path, headers: text === null ? headers : typed, body: text });
      const read = await answer.body.text();
      if (answer.statusCode !== expected)
        throw new Error(`${method} ${path}: ${answer.statusCode} ${read.slice(0, 300)}`);
      return read;
    },
    json: async (method, path, expected, body) =>
      JSON.parse(await http.ask(method, path, expected, body)) as Record<string, unknown>,
    close: () => pool.close(),
  };
  return http;
}

/** Path of the FHIR interface. */
export const FHIR = '/fhir/R4';
