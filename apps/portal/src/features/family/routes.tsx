import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/family',
    layout: 'patient',
    for: ['patient'],
    load: () => import('./Family.tsx'),
    visits: [{ name: 'family', as: 'Maria', address: '/family' }],
  },
];
