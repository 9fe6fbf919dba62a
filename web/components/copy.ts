/**
 * Copying that works on plain `http://` from another machine too, where the clipboard interface does not exist
 * (05 section 10.4, C-1): then the text is selected and the copy command is used.
 */

/** @param visible a field that shows the text; it is left selected when nothing else works. */
export async function copyText(text: string, visible: HTMLElement | null): Promise<boolean> {
  try {
    // Absent outside secure contexts, whatever the types say.
    const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
    if (clipboard !== undefined) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed here; the command below may be.
  }
  if (visible instanceof HTMLTextAreaElement || visible instanceof HTMLInputElement) {
    visible.focus();
    visible.select();
    return runCopyCommand();
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  area.readOnly = true;
  // Inside an open dialog everything outside it is inert.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  const focused = document.activeElement;
  area.select();
  const ok = runCopyCommand();
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return ok;
}

function runCopyCommand(): boolean {
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  }
}
