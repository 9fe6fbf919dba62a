/** Counts what a person does on a page (05 section 10.3, S-1). */
import type { Person } from './browser.ts';

/** What a person does, counted as 05 section 1 counts: clicks, Enter to send, fields and documents loaded. */
export interface Effort {
  clicks: number;
  fields: number;
}

/** The page counts what reaches it; a document that was loaded anew would have forgotten. @returns what was counted so far */
export async function watchEffort(person: Person): Promise<() => Promise<Effort>> {
  await person.page.evaluate(`{
    const fields = new Set();
    window.__effort = { clicks: 0, fields: 0 };
    document.addEventListener('click', (event) => {
      // A field that is filled is counted as such, and an Enter that presses a button as the Enter.
      if (event.isTrusted && event.detail > 0 && !event.target.matches('input, textarea')) window.__effort.clicks += 1;
    }, true);
    document.addEventListener('keydown', (event) => {
      if (event.isTrusted && event.key === 'Enter') window.__effort.clicks += 1;
    }, true);
    document.addEventListener('input', (event) => {
      fields.add(event.target);
      window.__effort.fields = fields.size;
    }, true);
  }`);
  return () => person.page.evaluate<Effort>('window.__effort');
}
