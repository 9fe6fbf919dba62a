/** Whether a position stands inside an open Markdown code fence (05 section 10.5, M-2). */
export function insideCodeFence(text: string, position: number): boolean {
  let fence: string | null = null;
  for (const line of text.slice(0, position).split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/u.exec(line)?.[1];
    if (mark === undefined) continue;
    if (fence === null) fence = mark;
    else if (mark[0] === fence[0] && mark.length >= fence.length) fence = null;
  }
  return fence !== null;
}
