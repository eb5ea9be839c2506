import type { PageRoute } from '../../app/page.ts';

const own = { layout: 'staff', for: ['clinician'] } as const;
/** Maria at St. Aldhelm: her id there never changes. */
const MARIA = '/p/29b5922a-7b77-405c-8b65-76f46e952549';

export const routes: readonly PageRoute[] = [
  {
    ...own,
    path: '/patients',
    load: () => import('./Patients.tsx'),
    nav: { label: 'clinician:nav.patients', order: 10 },
    visits: [{ name: 'patients', as: 'Dr Thomas Okafor', address: '/patients' }],
  },
  {
    ...own,
    path: '/requests',
    load: () => import('./Requests.tsx'),
    nav: { label: 'clinician:nav.requests', order: 20 },
    visits: [{ name: 'requests', as: 'Dr Thomas Okafor', address: '/requests' }],
  },
  {
    ...own,
    path: '/requests/new',
    load: () => import('./AskAccess.tsx'),
    search: ({ patient }) => (typeof patient === 'string' ? { patient } : {}),
    visits: [{ name: 'ask-access', as: 'Dr Thomas Okafor', address: '/requests/new' }],
  },
  { ...own, path: '/requests/$id', load: () => import('./SharedRecords.tsx') },
  {
    ...own,
    path: '/p/$id',
    load: () => import('./PatientSummary.tsx'),
    visits: [{ name: 'chart-summary', as: 'Dr Thomas Okafor', address: MARIA }],
  },
  {
    ...own,
    path: '/p/$id/timeline',
    load: () => import('./PatientTimeline.tsx'),
    visits: [{ name: 'chart-timeline', as: 'Dr Thomas Okafor', address: `${MARIA}/timeline` }],
  },
  {
    ...own,
    path: '/p/$id/results',
    load: () => import('./PatientResults.tsx'),
    visits: [{ name: 'chart-results', as: 'Dr Thomas Okafor', address: `${MARIA}/results` }],
  },
  {
    ...own,
    path: '/p/$id/encounter',
    load: () => import('./Encounter.tsx'),
    visits: [{ name: 'encounter', as: 'Dr Thomas Okafor', address: `${MARIA}/encounter` }],
  },
];
