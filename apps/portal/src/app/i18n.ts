import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';

/** Languages of the portal, in the order in which they are offered, each in its own words. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', hi: 'हिन्दी', ar: 'العربية' } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT = 'anamnesis.language';

/** One file for each feature and language: nobody has to touch another's, and a page loads only its own. */
const TEXTS = import.meta.glob<Record<string, string>>(['../i18n/*/*.json', '!../i18n/{common,landing}/*.json'], {
  import: 'default',
});
/** The words of the first page come with it, in every language: they are smaller than one more wait on a slow line. */
const FIRST = import.meta.glob<Record<string, string>>('../i18n/{common,landing}/*.json', {
  import: 'default',
  eager: true,
});

const backend: BackendModule = {
  type: 'backend',
  init: () => {},
  read: (language, feature, done) => {
    const path = `../i18n/${feature}/${language}.json`;
    const load = TEXTS[path];
    if (load === undefined) return done(null, FIRST[path] ?? {});
    load().then(
      (texts) => done(null, texts),
      (error: unknown) => done(error as Error, false),
    );
  },
};

export function isRightToLeft(language: string): boolean {
  return language === 'ar';
}

export function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && Object.hasOwn(LANGUAGES, text);
}

/** The language that was chosen here before, else the first of the browser's that we speak, else English. A choice of language is no secret. */
function startLanguage(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => isLanguage(tag)) ?? 'en';
}

function tellDocument(language: string): void {
  document.documentElement.lang = language;
  document.documentElement.dir = isRightToLeft(language) ? 'rtl' : 'ltr';
}

/** Loads the words that every page needs. */
export async function openI18n(): Promise<void> {
  i18next.on('languageChanged', tellDocument);
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: startLanguage(),
      fallbackLng: 'en',
      supportedLngs: Object.keys(LANGUAGES),
      ns: ['common'],
      defaultNS: 'common',
      keySeparator: false,
      interpolation: { escapeValue: false }, // React escapes.
      partialBundledLanguages: false,
    });
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language);
  await i18next.changeLanguage(language);
}
