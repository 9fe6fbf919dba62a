/** The facts about the node, read once for a section; again when it says so. */
import { useEffect, useState } from 'preact/hooks';
import type { NodeInfo } from '../../state/node-info.ts';
import { api } from '../../state/session.ts';
import { problemText } from '../saving.ts';

export function useNodeInfo(): { info: NodeInfo | null; error: string | null; load: () => Promise<void> } {
  const [info, setInfo] = useState<NodeInfo | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = async (): Promise<void> => {
    try {
      setInfo(await api.get<NodeInfo>('/api/v1/node'));
      setError(null);
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  useEffect(() => void load(), []);
  return { info, error, load };
}
