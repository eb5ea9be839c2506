import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { LockedError } from './account.ts';

/** Why a decision could not be carried out, and what helps. Nothing is lost: the same button may be pressed again. */
export function Failed({ error }: { error: unknown }) {
  const { t } = useTranslation('sharing');
  const { holder } = useSignedIn();
  if (!error) return null;
  if (error instanceof LockedError)
    return (
      <p role="alert">
        {t('failed.locked')}{' '}
        {holder === undefined ? (
          <Link to="/sign-in" search={{ to: '/sharing' }}>
            {t('failed.unlock')}
          </Link>
        ) : (
          <Link to="/family">{t('failed.unlock')}</Link>
        )}
      </p>
    );
  const { code } = error as { code?: unknown };
  return <p role="alert">{t(code === 'conflict' ? 'failed.over' : 'failed.again')}</p>;
}
