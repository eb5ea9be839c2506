import { type IssueCode, OutcomeError } from '@anamnesis/protocol';

/** Why a message is refused, in the words of HL7 table 0357, with the FHIR issue type and HTTP status where it came by HTTP. */
const CONDITIONS = {
  'segment-sequence': ['100', 'structure', 400],
  'required-field': ['101', 'required', 422],
  'data-type': ['102', 'value', 422],
  'table-value': ['103', 'code-invalid', 422],
  'unsupported-message': ['200', 'not-supported', 422],
  'unsupported-event': ['201', 'not-supported', 422],
  'unsupported-processing': ['202', 'not-supported', 422],
  'unsupported-version': ['203', 'not-supported', 422],
  'unknown-key': ['204', 'not-found', 422],
  'duplicate-key': ['205', 'conflict', 409],
  'not-now': ['207', 'transient', 503],
} as const satisfies Record<string, readonly [code: string, issue: IssueCode, status: number]>;

export type Condition = keyof typeof CONDITIONS;

/** Where in a message: segment, which of its name, field, component; from 1. */
export interface Place {
  readonly segment: string;
  readonly sequence?: number;
  readonly field?: number;
  readonly component?: number;
}

/** A message that is refused: why and where, never what it says. Answered as AE, or AR where its content is not what is wrong. */
export class IntakeRefusal extends OutcomeError {
  override readonly name = 'IntakeRefusal';
  readonly condition: Condition;
  readonly place: Place | null;

  constructor(condition: Condition, message: string, place: Place | null = null, options?: { cause?: unknown }) {
    const [, code, status] = CONDITIONS[condition];
    const expression = place === null ? {} : { expression: [placeText(place)] };
    super(status, [{ severity: 'error', code, diagnostics: message, ...expression }], options);
    this.condition = condition;
    this.place = place;
  }

  /** Code of HL7 table 0357. */
  get code0357(): string {
    return CONDITIONS[this.condition][0];
  }

  /** AR: another message, or the same at another time, might be taken. AE: this content is wrong. */
  get isRejection(): boolean {
    return this.condition.startsWith('unsupported-') || this.condition === 'not-now';
  }
}

/** `OBX[2]-5.1`. */
export function placeText({ segment, sequence, field, component }: Place): string {
  const own = sequence === undefined ? segment : `${segment}[${sequence}]`;
  return `${own}${field === undefined ? '' : `-${field}`}${component === undefined ? '' : `.${component}`}`;
}
