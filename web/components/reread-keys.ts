/** Keeps an open list of keys true to the clock (05 section 10.15, K-1): states turn and uses come without any event. */
import { useEffect } from 'preact/hooks';
import type { ApiKeyInfo } from '../api/types.ts';
import { keysHoldFor } from '../state/permissions.ts';

/** Runs `load` when what is shown may be another by now, and when somebody looks at the page again. */
export function useRereadKeys(
  keys: readonly Pick<ApiKeyInfo, 'expires_at'>[] | null,
  load: () => Promise<void>,
): void {
  useEffect(() => {
    if (keys === null || keys.length === 0) return undefined;
    const read = (): void => {
      if (document.visibilityState === 'visible') void load();
    };
    const timer = window.setTimeout(read, keysHoldFor(keys, Date.now()));
    document.addEventListener('visibilitychange', read);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', read);
    };
  }, [keys]);
}
