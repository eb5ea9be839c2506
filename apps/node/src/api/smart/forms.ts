import { createHmac, timingSafeEqual } from 'node:crypto';
import { forbidden } from '@anamnesis/protocol';
import type { FastifyRequest } from 'fastify';
import type { SmartContext } from '../../modules/smart/index.ts';
import { type Html, html } from './html.ts';

/** The hidden field by which a form is known as ours. `place`: the one sign-in, or the one code, that the page is for. */
export function formToken(smart: SmartContext, place: string): Html {
  return html`<input type="hidden" name="form" value="${tokenOf(smart, place)}">`;
}

/**
 * The fields of a form that one of our own pages sent.
 *
 * Errors: 403 when another site sent it: without the hidden field of this very sign-in, or with an Origin or Sec-Fetch-Site of elsewhere.
 */
export function formOf(smart: SmartContext, request: FastifyRequest, place: string): URLSearchParams {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const own = new URL(smart.config.publicUrl).origin;
  const given = Buffer.from(form.get('form') ?? '');
  const expected = Buffer.from(tokenOf(smart, place));
  const foreign = (origin !== undefined && origin !== own) || (site !== undefined && site !== 'same-origin');
  if (foreign || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw forbidden('The form was not sent from our page: go back and try again');
  }
  return form;
}

function tokenOf(smart: SmartContext, place: string): string {
  return createHmac('sha256', smart.formKey).update(place, 'utf8').digest('base64url');
}
