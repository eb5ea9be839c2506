import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A small web server of a test's app. */
export interface AppServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** What answers one path. */
export type AppRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Serves routes by their path at a free port of this machine. */
export async function serveApp(routes: Readonly<Record<string, AppRoute>>): Promise<AppServer> {
  const server = createServer((request, response) => {
    const route = routes[new URL(request.url ?? '/', 'http://localhost').pathname];
    if (route === undefined) {
      response.writeHead(404).end();
      return;
    }
    Promise.resolve(route(request, response)).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Answers with text of a type. */
export function text(type: string, body: string): AppRoute {
  return (_request, response) => void response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body);
}
