import { useComputedColorScheme } from '@mantine/core';
import { useEffect } from 'react';

/** Lets the frame of the browser follow the colours of the page, as before the first paint. */
export function useThemeColor() {
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const color = scheme === 'dark' ? '#131816' : '#f6f8f6';
    document.querySelector('meta[name="theme-color"]')?.setAttribute('content', color);
  }, [scheme]);
  return scheme;
}
