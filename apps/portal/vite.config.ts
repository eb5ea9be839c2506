import { defineConfig } from 'vite';

/** The node writes a nonce into every page in place of this word, for the styles that components add while they run. */
const NONCE = '__NONCE__';

export default defineConfig({
  root: import.meta.dirname,
  html: { cspNonce: NONCE },
  // Rolldown reads TSX itself; no plugin is needed.
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    // Inlined files would need `data:` in the policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" of libraries means nothing here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
});
