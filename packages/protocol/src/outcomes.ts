import { AnamnesisError } from './errors.ts';

/** Codes of http://hl7.org/fhir/R4/valueset-issue-type.html that are in use here. */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'unknown'
  | 'expired'
  | 'forbidden'
  | 'suppressed'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'lock-error'
  | 'timeout'
  | 'exception'
  | 'throttled'
  | 'informational';

/** One issue of an OperationOutcome. Nothing in it quotes clinical content. */
export interface Issue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  readonly code: IssueCode;
  readonly diagnostics?: string;
  /** FHIRPath expressions of the elements concerned, such as `Patient.birthDate`. */
  readonly expression?: readonly string[];
}

/** FHIR R4 OperationOutcome (http://hl7.org/fhir/R4/operationoutcome.html). */
export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly Issue[];
}

/** An OperationOutcome of these issues; without any, it says that all is well. */
export function operationOutcome(issues: readonly Issue[]): OperationOutcome {
  const allOk: Issue = { severity: 'information', code: 'informational', diagnostics: 'All OK' };
  return { resourceType: 'OperationOutcome', issue: issues.length > 0 ? issues : [allOk] };
}

/** An error that a FHIR request is answered with: an HTTP status and an OperationOutcome. */
export class OutcomeError extends AnamnesisError {
  override readonly name: string = 'OutcomeError';
  /** HTTP status code. */
  readonly status: number;
  readonly issues: readonly Issue[];

  constructor(status: number, issues: readonly Issue[], options?: { cause?: unknown }) {
    super(issues[0]?.code ?? 'exception', issues[0]?.diagnostics ?? `Answered with status ${status}`, options);
    this.status = status;
    this.issues = issues;
  }

  /** The body of the answer. */
  get outcome(): OperationOutcome {
    return operationOutcome(this.issues);
  }
}

/** What may go with an outcome: the elements concerned and the error behind it, which stays inside. */
export interface OutcomeOptions {
  readonly expression?: readonly string[];
  readonly cause?: unknown;
}

type Outcome = (diagnostics?: string, options?: OutcomeOptions) => OutcomeError;

function outcome(status: number, code: IssueCode, standard: string): Outcome {
  return (diagnostics = standard, { expression, cause } = {}) =>
    new OutcomeError(
      status,
      [{ severity: 'error', code, diagnostics, ...(expression && { expression }) }],
      cause === undefined ? undefined : { cause },
    );
}

/** 400: the request cannot be understood. */
export const badRequest: Outcome = outcome(400, 'invalid', 'The request was not understood');
/** 400: something that the server does not do was asked for. */
export const notSupported: Outcome = outcome(400, 'not-supported', 'This is not supported');
/** 401: who asks is not known. */
export const unauthorized: Outcome = outcome(401, 'login', 'Authentication is required');
/** 403: who asks may not do this. */
export const forbidden: Outcome = outcome(403, 'forbidden', 'This is not allowed');
/** 403: the request was understood and asks for more than may be computed. */
export const tooCostly: Outcome = outcome(403, 'too-costly', 'The request asks for too much at once');
/** 404: there is nothing, or nothing that who asks may know of. */
export const notFound: Outcome = outcome(404, 'not-found', 'Not found');
/** 405: the method is not for this resource. */
export const notAllowed: Outcome = outcome(405, 'not-supported', 'The method is not supported here');
/** 409: the request contradicts the present state. */
export const conflict: Outcome = outcome(409, 'conflict', 'The request is in conflict with the present state');
/** 410: it was deleted. */
export const gone: Outcome = outcome(410, 'deleted', 'Deleted');
/** 412: a condition of the request does not hold (If-Match, several matches of a conditional request). */
export const preconditionFailed: Outcome = outcome(412, 'conflict', 'A condition of the request does not hold');
/** 413: the body is larger than is taken. */
export const tooLarge: Outcome = outcome(413, 'too-long', 'The request is too large');
/** 415: the body is of a media type that is not read. */
export const unsupportedMediaType: Outcome = outcome(415, 'not-supported', 'The media type is not supported');
/** 429: too many requests. */
export const tooManyRequests: Outcome = outcome(429, 'throttled', 'Too many requests');
/** 503: cannot be answered at the moment, for instance because the view of the ledger is too old. */
export const unavailable: Outcome = outcome(503, 'transient', 'Not available at the moment');

/** 422: the resource was understood and breaks rules; one issue for each. */
export function invalid(issues: readonly Issue[] | string, options: OutcomeOptions = {}): OutcomeError {
  return typeof issues === 'string'
    ? outcome(422, 'invalid', issues)(issues, options)
    : new OutcomeError(422, issues, options);
}
