import type { PageRoute } from './page.ts';

const FEATURES = import.meta.glob<{ readonly routes: readonly PageRoute[] }>('../features/*/routes.tsx', {
  eager: true,
});

/** Every page of every feature. The definitions are small; the pages themselves are loaded when they are opened. */
export const pageRoutes: readonly PageRoute[] = Object.values(FEATURES).flatMap(({ routes }) => routes);
