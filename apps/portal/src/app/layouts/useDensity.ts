import { useLayoutEffect } from 'react';

/** Sets sizes for who reads (base.css), on the root, because drawers and dialogs stand outside of the layout. */
export function useDensity(density: 'patient' | 'staff'): void {
  useLayoutEffect(() => {
    document.documentElement.dataset.density = density;
  }, [density]);
}
