import { DirectionProvider, MantineProvider, useDirection } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { isRightToLeft } from './i18n.ts';
import { styleNonce } from './nonce.ts';
import { queries } from './queries.ts';
import { router } from './router.tsx';
import { cssVariables, theme } from './theme.ts';
import './styles.ts';

export function App() {
  return (
    <DirectionProvider>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
      >
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
          <PageDirection />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}

/** Components turn round with the language; the document itself is told in i18n.ts. */
function PageDirection() {
  const { i18n } = useTranslation();
  const { setDirection } = useDirection();
  useEffect(() => setDirection(isRightToLeft(i18n.language) ? 'rtl' : 'ltr'), [i18n.language, setDirection]);
  return null;
}
