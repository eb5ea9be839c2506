import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../app/session.ts';
import { ExportRecords } from '../account/ExportRecords.tsx';
import { MayAndMayNot } from './MayAndMayNot.tsx';

/** The account page while she looks at somebody else: what is that person's own is not here, and it says so. */
export function CaredFor() {
  const { t } = useTranslation('family');
  const { name, organization } = useSignedIn();
  return (
    <>
      <h1>{t('caredFor.title', { name })}</h1>
      <p>
        <bdi>{name}</bdi> · <span className="muted">{organization.name}</span>
      </p>
      <MayAndMayNot />
      <ExportRecords />
    </>
  );
}
