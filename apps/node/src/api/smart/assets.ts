import type { FastifyInstance } from 'fastify';
import { ASSETS } from './html.ts';

const STYLE = `:root { color-scheme: light dark; --line: #8a94a3; --accent: #0b5cad; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --accent: #7db8f5; --on-accent: #10151c; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.125rem; margin: 1.5rem 0 .5rem; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 1rem; padding: .75rem 1rem; }
legend { font-weight: 600; padding: 0 .25rem; }
label.choice { display: flex; gap: .75rem; align-items: flex-start; padding: .5rem 0; min-height: 2.75rem; cursor: pointer; }
input[type=checkbox], input[type=radio] { width: 1.375rem; height: 1.375rem; margin: .125rem 0 0; flex: none; }
input[type=text], input[type=date], input[type=search] { font: inherit; width: 100%; padding: .625rem; border: 1px solid var(--line); border-radius: .375rem; }
label.field { display: block; margin: 0 0 .75rem; }
button, a.button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem; border-radius: .375rem; border: 2px solid var(--accent); background: transparent; color: inherit; cursor: pointer; display: inline-block; text-decoration: none; }
button.main { background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
details { margin: 0 0 .5rem 2.125rem; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
.note, .hint { color: color-mix(in srgb, currentColor 75%, transparent); }
.error { border-left: .25rem solid #b3261e; padding-left: .75rem; }
ul.plain { list-style: none; padding: 0; }
ul.plain li + li { margin-top: .5rem; }
`;

/** Asks the browser for a passkey, or for a new one, and sends what it gives with the form. Without script or passkey the form says so. */
const PASSKEY = `for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.addEventListener('submit', async (event) => {
    if (form.elements.credential.value !== '') return;
    event.preventDefault();
    const problem = form.querySelector('[role=alert]');
    problem.textContent = '';
    try {
      const options = JSON.parse(form.dataset.options);
      const credential = form.dataset.passkey === 'create'
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      problem.textContent = 'The passkey was not used. Try again, or use another device.';
    }
  });
}
`;

/** Files of our pages. */
export function assetRoutes(server: FastifyInstance): void {
  const files = [
    ['style.css', 'text/css; charset=utf-8', STYLE],
    ['passkey.js', 'text/javascript; charset=utf-8', PASSKEY],
  ] as const;
  for (const [name, type, text] of files) {
    server.get(`${ASSETS}/${name}`, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=3600').type(type).send(Buffer.from(text, 'utf8')),
    );
  }
}
