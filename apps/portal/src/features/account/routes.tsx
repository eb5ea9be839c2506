import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/sign-in',
    layout: 'plain',
    load: () => import('./SignIn.tsx'),
    visits: [{ name: 'sign-in', address: '/sign-in' }],
  },
  {
    path: '/join',
    layout: 'plain',
    load: () => import('./Join.tsx'),
    visits: [{ name: 'join', address: '/join' }],
  },
  {
    path: '/account',
    layout: 'patient',
    for: ['patient'],
    load: () => import('./Account.tsx'),
    visits: [{ name: 'account', as: 'Maria', address: '/account' }],
  },
];
