import { AnamnesisError, type Issue, type IssueCode, type OperationOutcome, OutcomeError } from '@anamnesis/protocol';
import { AccountError } from '../modules/accounts/index.ts';
import { ConsentError } from '../modules/consent/index.ts';
import { DirectoryError } from '../modules/directory/index.ts';
import { ExchangeError } from '../modules/exchange/index.ts';
import { RequestsError } from '../modules/requests/index.ts';
import { StorageError } from '../storage/index.ts';

/** An error as HTTP tells it. `said` is for the caller; an unexpected error says nothing but the request's id. */
export interface HttpFailure {
  readonly status: number;
  /** Stable word. */
  readonly code: string;
  readonly said: string;
  readonly issues: readonly Issue[];
  /** True when it is our fault and operators should look. */
  readonly unexpected: boolean;
}

const CONSENT: Readonly<Record<ConsentError['code'], readonly [number, IssueCode]>> = {
  'token-unknown': [401, 'login'],
  'token-expired': [401, 'expired'],
  'session-invalid': [401, 'login'],
  'session-expired': [401, 'expired'],
  'session-replayed': [401, 'login'],
  'signature-invalid': [422, 'security'],
  'subject-unknown': [404, 'not-found'],
  'subject-linked-elsewhere': [409, 'conflict'],
  'patient-linked-already': [409, 'conflict'],
  'patient-not-linked': [409, 'conflict'],
  'consent-malformed': [400, 'structure'],
  'consent-unknown': [404, 'not-found'],
  'consent-refused': [403, 'suppressed'],
  'refusal-malformed': [400, 'structure'],
};

const ACCOUNT: Readonly<Record<AccountError['code'], readonly [number, IssueCode]>> = {
  'account-malformed': [400, 'structure'],
  'account-unknown': [404, 'not-found'],
  'account-exists': [409, 'conflict'],
  'account-changed': [412, 'conflict'],
  'enrolment-unknown': [404, 'not-found'],
  'lock-unknown': [404, 'not-found'],
  'lock-last': [409, 'business-rule'],
  'sign-in-refused': [401, 'login'],
  'guardians-unset': [409, 'business-rule'],
  'recovery-running': [409, 'conflict'],
  'recovery-early': [409, 'business-rule'],
  'recovery-ended': [409, 'business-rule'],
};

const REQUESTS: Readonly<Record<RequestsError['code'], readonly [number, IssueCode]>> = {
  'request-malformed': [400, 'structure'],
  'request-unknown': [404, 'not-found'],
  'request-answered': [409, 'conflict'],
  'request-ended': [409, 'business-rule'],
  'too-many-open': [429, 'throttled'],
  'custodian-unknown': [422, 'business-rule'],
};

const EXCHANGE: Partial<Readonly<Record<ExchangeError['code'], readonly [number, IssueCode]>>> = {
  'invalid-request': [400, 'invalid'],
  'unsupported-grant-type': [400, 'not-supported'],
  'invalid-client': [401, 'login'],
  'invalid-grant': [400, 'suppressed'],
  'peer-unknown': [404, 'not-found'],
  'received-unknown': [404, 'not-found'],
  'emergency-unknown': [404, 'not-found'],
  'emergency-pending': [409, 'transient'],
  'emergency-refused': [422, 'business-rule'],
  'received-refused': [403, 'suppressed'],
  'peer-refused': [403, 'suppressed'],
  'peer-inactive': [409, 'business-rule'],
  'peer-slow': [504, 'timeout'],
};

/** What every layer's errors mean to a caller. The one place where they become HTTP. */
export function httpFailure(error: unknown): HttpFailure {
  if (error instanceof OutcomeError) {
    const { status, code, message, issues } = error;
    return { status, code, said: message, issues, unexpected: status >= 500 && code === 'exception' };
  }
  if (error instanceof ConsentError) {
    // Fail closed, but say that it is the ledger and not the patient (promise P6).
    if (error.reason === 'ledger-stale') return expected(503, 'ledger-stale', 'transient', error.message);
    const [status, code] = CONSENT[error.code] ?? [400, 'invalid'];
    return expected(status, error.code, code, error.message);
  }
  if (error instanceof AccountError) {
    const [status, code] = ACCOUNT[error.code] ?? [400, 'invalid'];
    return expected(status, error.code, code, error.message);
  }
  if (error instanceof RequestsError) {
    const [status, code] = REQUESTS[error.code] ?? [400, 'invalid'];
    return expected(status, error.code, code, error.message);
  }
  if (error instanceof ExchangeError) {
    if (error.detail === 'ledger-stale') return expected(503, 'ledger-stale', 'transient', error.message);
    const [status, code] = EXCHANGE[error.code] ?? [502, 'transient'];
    // Consent is why a peer refuses; the caller's program treats that unlike any other refusal.
    const word = status === 403 ? 'consent-refused' : error.code;
    return expected(status, word, code, error.message);
  }
  if (error instanceof DirectoryError) return expected(502, error.code, 'transient', error.message);
  if (error instanceof StorageError) return ofStorage(error);
  if (error instanceof AnamnesisError) return ofCode(error);
  return ofFramework(error);
}

function ofStorage(error: StorageError): HttpFailure {
  if (error.code === 'storage-damaged')
    return { ...expected(500, error.code, 'exception', error.message), unexpected: true };
  // Class 22 and 23: the statement's values, which come from the request, do not fit.
  if (error.sqlState !== null && /^2[23]/.test(error.sqlState)) {
    return expected(422, error.code, 'value', 'The content cannot be stored');
  }
  return error.code === 'storage-unavailable'
    ? expected(503, error.code, 'transient', 'The database does not answer')
    : hidden();
}

function ofCode(error: AnamnesisError): HttpFailure {
  const { code, message } = error;
  if (code === 'json-too-large') return expected(413, code, 'too-long', message);
  if (code === 'json-malformed' || code === 'json-too-deep') return expected(400, code, 'structure', message);
  if (code.endsWith('-malformed')) return expected(400, code, 'structure', message);
  if (code === 'rolled-back' || code === 'starting') return expected(503, code, 'exception', message);
  if (code === 'ledger-unreachable') return expected(503, code, 'transient', `${message} Nothing was changed.`);
  if (code === 'keys-unwritable') return expected(503, code, 'exception', message);
  if (code === 'key-erased') return expected(410, code, 'deleted', message);
  if (code === 'log-range') return expected(400, code, 'value', message);
  return hidden();
}

/** Errors of Fastify and of Node's HTTP: bad requests that reached no module. */
function ofFramework(error: unknown): HttpFailure {
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (statusCode === 413) return expected(413, 'too-large', 'too-long', 'The body is too large');
  if (statusCode === 415)
    return expected(415, 'unsupported-media-type', 'not-supported', 'The media type is not supported');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const word = typeof code === 'string' ? code.toLowerCase().replaceAll('_', '-') : 'invalid';
    return expected(statusCode, word, 'invalid', 'The request is malformed');
  }
  return hidden();
}

function expected(status: number, code: string, issue: IssueCode, said: string): HttpFailure {
  return { status, code, said, issues: [{ severity: 'error', code: issue, diagnostics: said }], unexpected: false };
}

function hidden(): HttpFailure {
  const said = 'The node could not answer; its operator finds the reason by the request id';
  return {
    status: 500,
    code: 'exception',
    said,
    issues: [{ severity: 'fatal', code: 'exception', diagnostics: said }],
    unexpected: true,
  };
}

/** The body on the FHIR side; `details` carries our own word, which tells refusals apart. */
export function outcomeOf(failure: HttpFailure, requestId: string): OperationOutcome & { readonly id: string } {
  const coding = [{ system: 'https://anamnesis.example/code/error', code: failure.code }];
  const issue = failure.issues.map((one, at) => (at === 0 ? { ...one, details: { coding } } : one));
  return { resourceType: 'OperationOutcome', id: requestId, issue };
}

/** The body elsewhere (RFC 9457). */
export function problemOf(failure: HttpFailure, requestId: string): object {
  return {
    type: 'about:blank',
    title: failure.said,
    status: failure.status,
    code: failure.code,
    traceId: requestId,
    ...(failure.issues.length > 1 && {
      detail: failure.issues.map((issue) => issue.diagnostics ?? issue.code).join('; '),
    }),
  };
}
