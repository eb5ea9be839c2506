import { useTranslation } from 'react-i18next';

/** The first stop of the keyboard: past the navigation. */
export function SkipLink() {
  const { t } = useTranslation();
  return (
    <a className="skip" href="#main">
      {t('nav.skip')}
    </a>
  );
}
