/** What a conditional read says that its caller has (https://hl7.org/fhir/R4/http.html#cread). */
export interface Held {
  /** `If-None-Match`: entity tags, or `*`. */
  readonly ifNoneMatch: string | null;
  /** `If-Modified-Since`: an HTTP date; in a Bundle an instant. */
  readonly ifModifiedSince: string | null;
}

/**
 * Whether the caller has this version already (RFC 9110 section 13.1: entity tags are compared weakly and come before times; a time that is none
 * is not looked at). `lastUpdated`: ISO 8601. HTTP dates know whole seconds.
 */
export function isNotModified(held: Held, version: string | undefined, lastUpdated: string | undefined): boolean {
  if (version === undefined || lastUpdated === undefined) return false;
  const { ifNoneMatch, ifModifiedSince } = held;
  if (ifNoneMatch !== null) {
    const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.some((tag) => tag === '*' || tag === `"${version}"` || tag === version);
  }
  if (ifModifiedSince === null) return false;
  const since = Date.parse(ifModifiedSince);
  return Number.isFinite(since) && Math.floor(Date.parse(lastUpdated) / 1000) <= Math.floor(since / 1000);
}
