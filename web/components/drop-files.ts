/** Files dropped on a conversation (05 section 10.7, F-1): the whole of it shows that it takes them. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const SIGN = 'takes-drop';

/** Takes files dropped on the section `form` stands in, while `active`. */
export function useDroppedFiles(
  form: RefObject<HTMLElement | null>,
  active: boolean,
  add: (files: readonly File[]) => void,
): void {
  const latest = useRef(add);
  latest.current = add;
  useEffect(() => {
    const area = form.current?.closest<HTMLElement>('section') ?? null;
    if (area === null || !active) return undefined;
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      area.classList.add(SIGN);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget instanceof Node && area.contains(event.relatedTarget)) return;
      area.classList.remove(SIGN);
    };
    const drop = (event: DragEvent): void => {
      area.classList.remove(SIGN);
      if (!hasFiles(event)) return;
      event.preventDefault();
      latest.current([...(event.dataTransfer?.files ?? [])]);
    };
    area.addEventListener('dragover', over);
    area.addEventListener('dragleave', leave);
    area.addEventListener('drop', drop);
    return () => {
      area.classList.remove(SIGN);
      area.removeEventListener('dragover', over);
      area.removeEventListener('dragleave', leave);
      area.removeEventListener('drop', drop);
    };
  }, [active]);
}
