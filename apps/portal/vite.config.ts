import { defineConfig } from 'vite';

/** The node writes a nonce into every page in place of this word, for the styles that components add while they run. */
const NONCE = '__NONCE__';

/**
 * What the first page runs, in one file: on a slow line each file costs a wait of its own, six at a time. Libraries of which it uses nearly everything, what it uses of Mantine,
 * the first page itself, and its words in every language, which are smaller than the wait for them.
 */
const FIRST = [
  /node_modules\/(?:react|react-dom|scheduler|use-sync-external-store|i18next|react-i18next)\//,
  /node_modules\/@tanstack\/(?:history|react-query|query-core|react-router|router-core|react-store|store)\//,
  /@mantine\/core\/esm\/core\/(?:MantineProvider\/(?!use-props)|DirectionProvider\/|utils\/)/,
  /@mantine\/hooks\/esm\/(?:use-isomorphic-effect|use-mutation-observer|use-media-query|use-color-scheme|use-reduced-motion)\//,
  /portal\/src\/(?:app\/[^/]*$|app\/layouts\/(?:PlainLayout|SkipLink|useDensity|layouts)\b)/,
  /portal\/src\/features\/(?:landing\/|[^/]+\/routes\.tsx|account\/(?:DemoPeople|useSignInInfo|account\.module))/,
  /portal\/src\/ui\/(?:ErrorState|Icon|Loading|NotFound|Preferences|preferences\.module|states\.module)\b/,
  /portal\/src\/i18n\/(?:common|landing)\//,
  /vite\/preload-helper/,
];

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
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: 'first', test: (id) => FIRST.some((part) => part.test(id)) }],
        },
      },
      onLog(level, log, report) {
        // "use client" of libraries means nothing here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
});
