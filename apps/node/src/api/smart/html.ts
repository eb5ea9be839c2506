import type { FastifyReply } from 'fastify';

/** Markup that may stand in a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values are text: whatever is not {@link Html} is escaped. Lists are joined; null and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  const shown = (value: unknown): string => {
    if (value instanceof Html) return value.text;
    if (Array.isArray(value)) return value.map(shown).join('');
    if (value === null || value === undefined || value === false) return '';
    return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
  };
  return new Html(strings.map((string, at) => string + (at < values.length ? shown(values[at]) : '')).join(''));
}

/** Where our pages' own files are. */
export const ASSETS = '/oauth/assets';

/** A whole page. `scripted`: with the script for passkeys. */
export function page(title: string, body: Html, { scripted = false } = {}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${ASSETS}/style.css">
${scripted && html`<script src="${ASSETS}/passkey.js" defer></script>`}
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}

/**
 * Headers of a page: nothing from elsewhere, in nobody's frame. `to`: where its forms may lead besides here, such as the app to which an answer is
 * sent, since browsers hold redirects of a form to `form-action`.
 */
export function pageHeaders(to: readonly string[] = []): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    `form-action 'self'${to.map((source) => ` ${source}`).join('')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}

/** Sends a page. */
export function sendPage(
  reply: FastifyReply,
  text: string,
  { status = 200, to = [] }: { status?: number; to?: readonly string[] } = {},
): FastifyReply {
  // As bytes: a string would be made JSON of.
  return reply.status(status).headers(pageHeaders(to)).send(Buffer.from(text, 'utf8'));
}

/** The source expression of Content-Security-Policy for a redirect address. */
export function sourceOf(redirectUri: string | undefined): string[] {
  const url = URL.parse(redirectUri ?? '');
  if (url === null) return [];
  return [url.protocol === 'https:' || url.protocol === 'http:' ? url.origin : url.protocol];
}
