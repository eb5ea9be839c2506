import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/sign-in',
    layout: 'plain',
    load: () => import('./SignIn.tsx'),
    visits: [{ name: 'sign-in', address: '/sign-in' }],
  },
];
