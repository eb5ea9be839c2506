import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/account/helpers',
    layout: 'patient',
    for: ['patient'],
    load: () => import('./Guardians.tsx'),
    visits: [{ name: 'helpers', as: 'Maria', address: '/account/helpers' }],
  },
  {
    path: '/account/helping',
    layout: 'patient',
    for: ['patient'],
    load: () => import('./Helping.tsx'),
    visits: [{ name: 'helping', as: 'Maria', address: '/account/helping' }],
  },
  {
    path: '/recover',
    layout: 'plain',
    load: () => import('./Recover.tsx'),
    visits: [{ name: 'recover', address: '/recover' }],
  },
];
