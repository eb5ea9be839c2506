import type { ComponentType } from 'react';

/** Who may open a page. */
export type Role = 'patient' | 'clinician' | 'registrar' | 'operator' | 'auditor';

/**
 * A page of the portal. A feature's `routes.tsx` exports `routes: readonly PageRoute[]`; nothing else has to know of it: the router, the navigation of
 * staff, the pictures and the accessibility sweep find it there.
 */
export interface PageRoute {
  /** As TanStack Router writes them: `/records/$id`. */
  readonly path: string;
  /** `plain`: no navigation (before sign-in, printed things); `patient`: one column, bottom bar; `staff`: two columns, dense. */
  readonly layout: 'plain' | 'patient' | 'staff';
  /** Who may open it; without it, everybody. Others are led to the sign-in. */
  readonly for?: readonly Role[];
  /** The page itself, loaded when it is opened: its default export. */
  readonly load: () => Promise<{ readonly default: ComponentType }>;
  /** Shown in the side bar of staff; `label` is an i18n key with its namespace (`clinician:nav.patients`); lowest order first. */
  readonly nav?: { readonly label: string; readonly order: number };
  /** Makes typed values of the query string; default: as they are. */
  readonly search?: (raw: Record<string, unknown>) => Record<string, unknown>;
  /** How the accessibility sweep and `npm run pictures` open it. */
  readonly visits?: readonly PageVisit[];
}

/** One way to open a page. */
export interface PageVisit {
  /** Of the picture: `docs/pictures/<name>.png` and `<name>-phone.png`. */
  readonly name: string;
  /** Name of a demo person; none: signed out. */
  readonly as?: string;
  readonly address: string;
  /** CSS selectors to click, in order, before the page is there. */
  readonly clicks?: readonly string[];
}
