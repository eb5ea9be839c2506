import type { Resource } from '@anamnesis/sdk';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Ask } from '../../ui/Ask.tsx';
import { Banner } from './Banner.tsx';
import styles from './clinician.module.css';
import { Shares } from './Shares.tsx';
import { type Share, useAsked, useOwnRecords, useShares } from './useChart.ts';

/** Records by where they are kept: ours first, then those of each organisation that we may see now. */
export interface ChartRecords {
  readonly sources: readonly (readonly Resource[])[];
  readonly all: readonly Resource[];
}

/**
 * The chart of somebody who is a patient here: our own records together with those of other organisations that she lets us see. `children` draws one view of it.
 */
export function Chart({ children }: { children: (records: ChartRecords) => ReactNode }) {
  const { t } = useTranslation(['clinician', 'emergency']);
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const own = useOwnRecords(id);
  const asked = useAsked();
  const shares = useShares((asked.data ?? []).filter(({ patient }) => patient === id));
  const records = recordsOf(own.data ?? [], shares);
  return (
    <Ask of={own}>
      {(resources) => (
        <>
          <Banner patient={resources.find(({ resourceType }) => resourceType === 'Patient')} resources={records.all} />
          <nav className={styles.tabs} aria-label={t('chart.views')}>
            <Link to="/p/$id" params={{ id }} activeOptions={{ exact: true }} activeProps={CURRENT}>
              {t('chart.summary')}
            </Link>
            <Link to="/p/$id/timeline" params={{ id }} activeProps={CURRENT}>
              {t('chart.timeline')}
            </Link>
            <Link to="/p/$id/results" params={{ id }} activeProps={CURRENT}>
              {t('chart.results')}
            </Link>
            <Link to="/p/$id/encounter" params={{ id }} activeProps={CURRENT}>
              {t('visit.open')}
            </Link>
            <Link to="/requests/new" search={{ patient: id }} className={styles.aside}>
              {t('ask.open')}
            </Link>
            <Link to="/emergency" search={{ patient: id }} className={styles.emergency}>
              {t('emergency:title')}
            </Link>
          </nav>
          <Shares shares={shares} />
          {children(records)}
        </>
      )}
    </Ask>
  );
}

const CURRENT = { 'aria-current': 'page' } as const;

/** What may be on the screen now. */
export function recordsOf(own: readonly Resource[], shares: readonly Share[]): ChartRecords {
  const open = shares.flatMap(({ received }) => (received?.state === 'open' ? [received.resources] : []));
  const sources = [own, ...open].filter((one) => one.length > 0);
  return { sources, all: sources.flat() };
}
