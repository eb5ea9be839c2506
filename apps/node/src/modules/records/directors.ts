import { forbidden } from '@anamnesis/protocol';
import type { Authority } from '../consent/authority.ts';
import { readDirective } from '../consent/index.ts';
import type { FhirResource } from './search/index.ts';

/**
 * Who may write, change or take away a directive (an active FHIR Consent about privacy): the desk and systems of the organisation. Not who treats her, nor an
 * app: they are the ones whom it directs. Errors: 403.
 */
export function requireDirector(authority: Authority, type: string, consent: FhirResource | undefined): void {
  if (type !== 'Consent' || consent === undefined || readDirective(consent) === null) return;
  const { basis } = authority;
  if (basis.kind === 'system') return;
  if (basis.kind === 'staff' && basis.role !== 'clinician') return;
  throw forbidden();
}
