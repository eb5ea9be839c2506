import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/',
    layout: 'plain',
    load: () => import('./Landing.tsx'),
    visits: [{ name: 'landing', address: '/' }],
  },
];
