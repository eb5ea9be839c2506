import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { openI18n } from './app/i18n.ts';
import { styleNonce } from './app/nonce.ts';
import { resumeSession } from './app/session.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the application');
// Where libraries beneath Mantine (scroll locks) look for the nonce of the styles that they add.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
// Not awaited by the module itself: what is loaded meanwhile may stand on it, and would wait for it.
void Promise.all([openI18n(), resumeSession()]).then(() => createRoot(root).render(<App />));
