import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Ask } from '../../ui/Ask.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import styles from './clinician.module.css';
import { RequestList } from './RequestList.tsx';
import { useAsked } from './useChart.ts';
import { useLive } from './useLive.ts';

/** Everything this clinician asked of patients elsewhere, and how it went. */
export default function Requests() {
  const { t } = useTranslation('clinician');
  const asked = useAsked();
  useLive();
  return (
    <>
      <div className={styles.head}>
        <h1>{t('requests.mine')}</h1>
        <Button renderRoot={(props) => <Link to="/requests/new" {...props} />}>{t('ask.open')}</Button>
      </div>
      <Ask of={asked}>
        {(requests) =>
          requests.length === 0 ? (
            <EmptyState title={t('requests.none')} text={t('requests.noneText')} />
          ) : (
            <RequestList requests={requests} />
          )
        }
      </Ask>
    </>
  );
}
