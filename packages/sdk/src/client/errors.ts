import { AnamnesisError } from '@anamnesis/protocol';

/** The stable words that `RequestError.code` takes. */
export type RequestErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'consent-refused'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'too-large'
  | 'too-many-requests'
  | 'unavailable'
  | 'server-error'
  | 'network'
  | 'cancelled'
  | 'malformed-answer';

/** One issue of a FHIR OperationOutcome, or the one problem of an RFC 9457 body. */
export interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
}

/**
 * A request that did not succeed. `status` is the HTTP status (0 when no answer came); `issues` is what the node said, in the
 * node's words; `requestId` finds the request in the node's log.
 */
export class RequestError extends AnamnesisError {
  override readonly name = 'RequestError';
  declare readonly code: RequestErrorCode;
  readonly status: number;
  readonly issues: readonly Issue[];
  readonly requestId: string | undefined;

  constructor(
    code: RequestErrorCode,
    message: string,
    details: { status?: number; issues?: readonly Issue[]; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(code, message, { cause: details.cause });
    this.status = details.status ?? 0;
    this.issues = details.issues ?? [];
    this.requestId = details.requestId;
  }
}

const BY_STATUS: Readonly<Record<number, RequestErrorCode>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'invalid',
  409: 'conflict',
  410: 'not-found',
  412: 'conflict',
  413: 'too-large',
  415: 'invalid',
  422: 'invalid',
  429: 'too-many-requests',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/**
 * Turns an unsuccessful answer into a RequestError. Understands the bodies that a node sends: a FHIR OperationOutcome
 * (R4 OperationOutcome), a problem (RFC 9457), an OAuth error (RFC 6749 section 5.2) and what an HL7 v2 acknowledgement says; anything else is told by its status.
 */
export function requestErrorFrom(status: number, body: unknown, context: string): RequestError {
  const said = read(body);
  let code = BY_STATUS[status] ?? (status >= 500 ? 'server-error' : 'invalid');
  // A refusal for want of consent is the one case that people and programs treat unlike other refusals.
  if (status === 403 && said.words.some((word) => word.includes('consent'))) code = 'consent-refused';
  // OAuth tells "I do not know you" and "what you present does not hold" by words under one status.
  if (said.words.includes('invalid_client')) code = 'unauthorized';
  if (said.words.includes('invalid_grant') || said.words.includes('access_denied')) code = 'consent-refused';
  const detail = said.issues.map((issue) => issue.diagnostics ?? issue.code).join('; ');
  return new RequestError(code, `${context}: ${status}${detail ? ` ${clip(detail)}` : ''}`, {
    status,
    issues: said.issues,
    requestId: said.requestId,
  });
}

interface Said {
  readonly issues: readonly Issue[];
  readonly words: readonly string[];
  readonly requestId: string | undefined;
}

function read(body: unknown): Said {
  if (!isObject(body)) return { issues: [], words: [], requestId: undefined };
  if (body.resourceType === 'OperationOutcome' && Array.isArray(body.issue)) {
    const raw = body.issue.filter(isObject);
    const issues = raw.map((issue): Issue => {
      const details = isObject(issue.details) ? issue.details : {};
      const diagnostics = text(issue.diagnostics) ?? text(details.text);
      const expression = Array.isArray(issue.expression)
        ? issue.expression.filter((e) => typeof e === 'string')
        : undefined;
      return {
        severity: text(issue.severity) ?? 'error',
        code: text(issue.code) ?? 'unknown',
        ...(diagnostics === undefined ? {} : { diagnostics }),
        ...(expression === undefined ? {} : { expression }),
      };
    });
    const words = raw.flatMap((issue) => {
      const coding = isObject(issue.details) && Array.isArray(issue.details.coding) ? issue.details.coding : [];
      return [text(issue.code), ...coding.map((c) => (isObject(c) ? text(c.code) : undefined))];
    });
    return { issues, words: words.filter((word) => word !== undefined), requestId: text(body.id) };
  }
  const code = text(body.code) ?? text(body.error) ?? text(body.type);
  const diagnostics = text(body.detail) ?? text(body.error_description) ?? text(body.title) ?? text(body.message);
  if (code === undefined && diagnostics === undefined) return { issues: [], words: [], requestId: undefined };
  return {
    issues: [{ severity: 'error', code: code ?? 'unknown', ...(diagnostics === undefined ? {} : { diagnostics }) }],
    words: code === undefined ? [] : [code],
    requestId: text(body.traceId) ?? text(body.requestId),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function clip(message: string): string {
  return message.length > 400 ? `${message.slice(0, 400)}…` : message;
}
