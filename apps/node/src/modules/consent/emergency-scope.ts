import { CATEGORIES, maskOf, maskOfAll, SENSITIVE } from '@anamnesis/protocol';
import { type Provision, type RuledScope, UNCLASSIFIED, type WholeScope } from './scope.ts';

/** What may be seen in an emergency: first what keeps somebody alive, the rest on a second, explicit step. */
export type EmergencySet = 'first' | 'rest';

const LOINC = 'http://loinc.org';
/** What somebody wants done, or not, when she cannot say it: advance directives, living wills, resuscitation and treatment orders, who speaks for her. */
const DIRECTIVES = ['42348-3', '75320-2', '86533-7', '64298-3', '78823-2', '81334-5', '81352-7', '92664-2', '81351-9'];
const DIRECTIVE_CATEGORIES = ['acd', 'dnr', 'polst', 'hcd'];

const FIRST = maskOf(CATEGORIES, ['demographics', 'allergies', 'conditions', 'medications', 'devices']);

/**
 * The scope of an emergency: of the first set, allergies, conditions, medications, devices and who she is, without what is sensitive, and her advance directives
 * whatever they are written on; of the rest, everything.
 */
export function emergencyScope(patient: string, set: EmergencySet): WholeScope | RuledScope {
  const within: WholeScope = {
    kind: 'limited',
    patients: [patient],
    categories: maskOfAll(CATEGORIES),
    sensitive: maskOfAll(SENSITIVE) | UNCLASSIFIED,
    careFrom: -Infinity,
    careUntil: Infinity,
  };
  return set === 'rest' ? within : { kind: 'ruled', within, directives: [], policy: FIRST_ONLY, spared: [] };
}

const FIRST_ONLY: readonly Provision[] = [
  {
    effect: 'deny',
    about: {},
    except: [
      { effect: 'permit', about: { categories: FIRST, withinClasses: 0 }, except: [] },
      {
        effect: 'permit',
        about: {
          codes: [
            ...DIRECTIVES.map((code) => ({ system: LOINC, code })),
            ...DIRECTIVE_CATEGORIES.map((code) => ({
              system: 'http://terminology.hl7.org/CodeSystem/consentcategorycodes',
              code,
            })),
          ],
          // Only words and files: what is labelled as sensitive waits for the second step.
          withinClasses: UNCLASSIFIED,
        },
        except: [],
      },
    ],
  },
];
