import { createHash, randomBytes } from 'node:crypto';

/** A page as a visitor sees it. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** A form of a page: where it leads, its hidden fields and what is ticked. */
export interface Form {
  readonly action: string;
  readonly fields: URLSearchParams;
}

/** A browser without scripts: cookies, redirects, forms. It stops at addresses that it is told are an app's. */
export interface Visitor {
  /** `app`: the origin and path of an app, at which it stops and gives the address. */
  open(url: string, app?: string): Promise<Page>;
  submit(form: Form, app?: string, headers?: Record<string, string>): Promise<Page>;
  /** Names and values of its cookies, of every path. */
  cookies(): string[];
}

interface Cookie {
  readonly pair: string;
  readonly path: string;
}

export function newVisitor(): Visitor {
  const jar = new Map<string, Cookie>();

  const keep = (response: Response, url: URL): void => {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
      const name = pair.split('=', 1)[0] ?? '';
      const key = `${url.origin} ${path} ${name}`;
      const ended = attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one));
      if (ended) jar.delete(key);
      else jar.set(key, { pair, path });
    }
  };
  const visit = async (start: string, request: RequestInit, app: string | undefined): Promise<Page> => {
    let url = new URL(start);
    let init: RequestInit = request;
    for (let hops = 0; hops < 20; hops++) {
      if (app !== undefined && url.href.startsWith(app))
        return { url: url.href, status: 0, text: '', headers: new Headers() };
      const cookie = [...jar]
        .filter(([key, { path }]) => key.startsWith(`${url.origin} `) && url.pathname.startsWith(path))
        .map(([, { pair }]) => pair)
        .join('; ');
      const headers = { accept: 'text/html', ...(init.headers as Record<string, string>), ...(cookie && { cookie }) };
      const response = await fetch(url, { ...init, headers, redirect: 'manual' });
      keep(response, url);
      const location = response.headers.get('location');
      if (location === null || response.status < 300 || response.status > 399) {
        return { url: url.href, status: response.status, text: await response.text(), headers: response.headers };
      }
      await response.body?.cancel();
      url = new URL(location, url);
      init = { method: 'GET' };
    }
    throw new Error('redirected too often');
  };
  return {
    open: (url, app) => visit(url, { method: 'GET' }, app),
    submit: ({ action, fields }, app, headers = {}) => {
      const { origin } = new URL(action);
      const own = { 'content-type': 'application/x-www-form-urlencoded', origin, 'sec-fetch-site': 'same-origin' };
      return visit(action, { method: 'POST', headers: { ...own, ...headers }, body: fields.toString() }, app);
    },
    cookies: () => [...jar.values()].map(({ pair }) => pair),
  };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function attribute(tag: string, name: string): string | null {
  const [, value] = new RegExp(`\\s${name}="([^"]*)"`).exec(tag) ?? [];
  return value?.replace(/&(amp|lt|gt|quot|#39);/g, (_, entity: string) => ENTITIES[entity] ?? '') ?? null;
}

/** The form of a page whose address ends so, as it would be sent untouched. */
export function formIn(page: Page, ending: string): Form {
  for (const [, tag = '', inner = ''] of page.text.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    const action = attribute(tag, 'action') ?? '';
    if (!action.endsWith(ending)) continue;
    const fields = new URLSearchParams();
    for (const [input] of inner.matchAll(/<input[^>]*>/g)) {
      const name = attribute(input, 'name');
      const type = attribute(input, 'type');
      if (name === null || ((type === 'checkbox' || type === 'radio') && !/\schecked\b/.test(input))) continue;
      fields.append(name, attribute(input, 'value') ?? 'on');
    }
    return { action: new URL(action, page.url).href, fields };
  }
  throw new Error(
    `there is no form to ${ending} on this page (${page.status}): ${page.text.replace(/<[^>]*>/g, ' ').slice(0, 400)}`,
  );
}

/** A form with some fields set, or taken out where null. */
export function filled(form: Form, values: Readonly<Record<string, string | null>>): Form {
  const fields = new URLSearchParams(form.fields);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) fields.delete(name);
    else fields.set(name, value);
  }
  return { action: form.action, fields };
}

/** The value of the button with which a demo user signs in. */
export function userNamed(page: Page, name: string): string {
  const [, value = ''] = new RegExp(`name="user" value="([^"]*)">${name} `).exec(page.text) ?? [];
  return value;
}

/** The fields of the consent page by their titles: `See: allergies` → `p0`. */
export function choicesIn(page: Page): Record<string, string> {
  const found = page.text.matchAll(/name="(p\d+)" checked><span>([^<]*)<br><span class="hint">([^<]*)</g);
  return Object.fromEntries([...found].map(([, name = '', title = '']) => [title, name]));
}

/** A PKCE verifier and its challenge (RFC 7636). */
export function newPkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
