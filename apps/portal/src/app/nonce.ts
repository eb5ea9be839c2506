/** The nonce that the node put into this very page (Content-Security-Policy), for styles that components add. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
