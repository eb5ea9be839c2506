import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/account/places',
    layout: 'patient',
    for: ['patient'],
    load: () => import('./Places.tsx'),
    visits: [{ name: 'places', as: 'Maria', address: '/account/places' }],
  },
];
