/**
 * A page whose code comes when it is opened (05 section 10.12): what a conversation needs is loaded first, the rest on
 * demand. Loaded once, it is there at once.
 */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { Notice } from './parts.tsx';
import { Shell } from './shell.tsx';
import { Skeleton } from './skeleton.tsx';

type Load = () => Promise<ComponentType>;
const loaded = new Map<Load, ComponentType>();

/** @param title what the page is called meanwhile. */
export function LazyPage({ load, title }: { load: Load; title: string }) {
  const [, setTurn] = useState(0);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (loaded.has(load)) return;
    load().then(
      (page) => {
        loaded.set(load, page);
        setTurn((turn) => turn + 1);
      },
      () => setFailed(true),
    );
  }, [load]);
  const Page = loaded.get(load);
  if (Page !== undefined) return <Page />;
  return (
    <Shell title={title} coming>
      <div class="page">
        <h1>{title}</h1>
        {failed ? (
          // A browser remembers that a part could not be had; only a new document asks for it again.
          <Notice tone="danger" action={<Button onClick={() => window.location.reload()}>Reload</Button>}>
            This page could not be loaded from the node. It may be stopped, or have been updated meanwhile.
          </Notice>
        ) : (
          <Skeleton lines={4} />
        )}
      </div>
    </Shell>
  );
}
