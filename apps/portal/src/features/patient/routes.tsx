import type { PageRoute } from '../../app/page.ts';

const own = { layout: 'patient', for: ['patient'] } as const;

export const routes: readonly PageRoute[] = [
  {
    ...own,
    path: '/home',
    load: () => import('./Home.tsx'),
    visits: [{ name: 'home', as: 'Maria', address: '/home' }],
  },
  {
    ...own,
    path: '/records',
    load: () => import('./Records.tsx'),
    visits: [{ name: 'records', as: 'Maria', address: '/records' }],
  },
  {
    ...own,
    path: '/records/results',
    load: () => import('./Results.tsx'),
    visits: [{ name: 'results', as: 'Maria', address: '/records/results' }],
  },
  {
    ...own,
    path: '/records/$type/$id',
    load: () => import('./RecordDetail.tsx'),
    visits: [
      { name: 'record', as: 'Maria', address: '/records', clicks: ['main li a'] },
      { name: 'proof', as: 'Maria', address: '/records', clicks: ['main li a', 'main button'] },
    ],
  },
  {
    ...own,
    // By the id of a record and not by its code: an address says nothing about health.
    path: '/trends/$id',
    load: () => import('./Trend.tsx'),
    visits: [{ name: 'trend', as: 'Maria', address: '/records/results', clicks: ['main li a[href^="/trends/"]'] }],
  },
];
