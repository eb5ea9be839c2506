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
];
