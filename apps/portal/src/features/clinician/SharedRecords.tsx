import type { AccessRequest } from '@anamnesis/sdk';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { dateText } from '../../chart/text.ts';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { useOrganizations } from '../../ui/useOrganizations.ts';
import { Banner } from './Banner.tsx';
import { recordsOf } from './Chart.tsx';
import styles from './clinician.module.css';
import { standingOf, Withdraw } from './RequestList.tsx';
import { Shares } from './Shares.tsx';
import { Summary } from './Summary.tsx';
import { Timeline } from './Timeline.tsx';
import { useAsked, useShares } from './useChart.ts';

/** A request from being sent to being answered, and then the records that it opened: the page that asked is the page that reads. */
export default function SharedRecords() {
  const { t } = useTranslation('clinician');
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const asked = useAsked();
  const request = asked.data?.find((one) => one.id === id);
  return (
    <Ask of={asked}>{() => (request ? <Shown request={request} /> : <EmptyState title={t('requests.unknown')} />)}</Ask>
  );
}

function Shown({ request }: { request: AccessRequest }) {
  const { t, i18n } = useTranslation('clinician');
  const nameOf = useOrganizations();
  const shares = useShares([request]);
  const { all, sources } = recordsOf([], shares);
  const standing = standingOf(request);
  const organization = nameOf(request.custodian);
  const patient = all.find(({ resourceType }) => resourceType === 'Patient');
  if (all.length > 0)
    return (
      <>
        <Banner patient={patient} resources={all} />
        {request.patient && (
          <Link to="/p/$id" params={{ id: request.patient }}>
            {t('share.toChart')}
          </Link>
        )}
        <Shares shares={shares} />
        <Summary records={{ all, sources }} />
        <section className={styles.section} aria-labelledby="history">
          <h2 id="history">{t('chart.timeline')}</h2>
          <Timeline sources={sources} />
        </section>
      </>
    );
  return (
    <>
      <h1>{t('requests.from', { organization })}</h1>
      {request.state === 'granted' ? (
        <Shares shares={shares} />
      ) : (
        <section className={styles.waiting} role="status">
          <h2>{t(`standing.${standing}`)}</h2>
          <p>{t(`standingText.${standing}`)}</p>
          <p className="muted">
            {t('requests.asked', {
              when: dateText(new Date(request.askedAt).toISOString(), i18n.language, { time: true }),
            })}
          </p>
          {request.state === 'requested' && <Withdraw id={request.id} />}
        </section>
      )}
    </>
  );
}
