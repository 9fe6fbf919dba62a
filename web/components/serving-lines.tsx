/** Under an own file: how far the devices are that fetch it (05 section 10.7, F-3). */
import { peerName } from '../state/mesh.ts';
import { servingLines, servings } from '../state/serving.ts';
import { Name } from './parts.tsx';

export function ServingLines({ fileId, fileName }: { fileId: string; fileName: string }) {
  const byPeer = servings.value.get(fileId);
  if (byPeer === undefined) return null;
  return (
    <ul class="plain-list serving" aria-label={`Where ${fileName} goes`}>
      {servingLines(byPeer, { nameOf: peerName, now: Date.now() }).map(({ key, words, progress }) => (
        <li key={key} class="quiet-text">
          {progress === null ? null : (
            <progress max={progress.total} value={progress.done} aria-label={`Sending ${fileName}`} />
          )}
          <Name>{words}</Name>
        </li>
      ))}
    </ul>
  );
}
