/** The button that lets files be chosen, with the field of the browser behind it. */
import type { RefObject } from 'preact';
import { IconButton } from './button.tsx';
import { AttachIcon } from './icons.tsx';

interface AttachFilesProps {
  /** The field itself, for a key that opens it, too. */
  picker: RefObject<HTMLInputElement | null>;
  add: (files: readonly File[]) => void;
}

export function AttachFiles({ picker, add }: AttachFilesProps) {
  return (
    <>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={(event) => {
          add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
      <IconButton name="Attach files" onClick={() => picker.current?.click()}>
        <AttachIcon />
      </IconButton>
    </>
  );
}
