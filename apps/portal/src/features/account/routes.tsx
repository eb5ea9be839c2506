import type { PageRoute } from '../../app/page.ts';

export const routes: readonly PageRoute[] = [
  {
    path: '/sign-in',
    layout: 'plain',
    load: () => import('./SignIn.tsx'),
    // A place of this portal only: no address from elsewhere can be put behind a sign-in.
    search: ({ to }) => (typeof to === 'string' && /^\/(?!\/)[^\\]*$/.test(to) ? { to } : {}),
    visits: [{ name: 'sign-in', address: '/sign-in' }],
  },
];
