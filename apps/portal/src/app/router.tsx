import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { Suspense } from 'react';
import { ErrorState } from '../ui/ErrorState.tsx';
import { Loading } from '../ui/Loading.tsx';
import { NotFound } from '../ui/NotFound.tsx';
import PlainLayout from './layouts/PlainLayout.tsx';
import type { PageRoute } from './page.ts';
import { pageRoutes } from './routes.ts';
import { currentSession, onSessionEnd } from './session.ts';

const root = createRootRoute({
  component: () => (
    <Suspense fallback={<Loading />}>
      <Outlet />
    </Suspense>
  ),
  notFoundComponent: NotFound,
});

const LAYOUTS = {
  plain: PlainLayout,
  patient: lazyRouteComponent(() => import('./layouts/PatientLayout.tsx')),
  staff: lazyRouteComponent(() => import('./layouts/StaffLayout.tsx')),
};

function pageRoute(parent: ReturnType<typeof layoutRoute>, page: PageRoute) {
  return createRoute({
    getParentRoute: () => parent,
    path: page.path,
    component: lazyRouteComponent(page.load),
    ...(page.search && { validateSearch: page.search }),
    beforeLoad: ({ location }) => {
      const role = currentSession()?.role;
      if (page.for === undefined || (role !== undefined && page.for.includes(role))) return;
      throw redirect({ to: '/sign-in', search: { to: location.href } });
    },
  });
}

function layoutRoute(layout: PageRoute['layout']) {
  return createRoute({ getParentRoute: () => root, id: layout, component: LAYOUTS[layout] });
}

const tree = root.addChildren(
  (['plain', 'patient', 'staff'] as const).map((layout) => {
    const parent = layoutRoute(layout);
    const pages = pageRoutes.filter((page) => page.layout === layout);
    return parent.addChildren(pages.map((page) => pageRoute(parent, page)));
  }),
);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: Loading,
  defaultErrorComponent: ({ error }) => <ErrorState error={error} />,
  defaultNotFoundComponent: NotFound,
});

// Which page stands there, not which one is on its way: what comes from outside (tests, pictures) waits for it.
router.subscribe('onRendered', ({ toLocation }) => {
  document.documentElement.dataset.page = toLocation.pathname;
});

// A page that was open when its session ended asks its route again, which leads to the sign-in.
onSessionEnd(() => void router.invalidate());
