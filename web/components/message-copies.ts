/** Taking a message out of the page: its text or its address to the clipboard (05 section 10.5, M-13). */
import { copyText } from './copy.ts';
import { messageAddress } from '../state/bookmarks.ts';
import { directMessageAddress } from '../state/conversations.ts';
import { openConversation } from '../state/direct.ts';
import { showToast } from '../state/notices.ts';
import type { Entry } from '../state/thread.ts';

export function copyMessageText({ text }: Entry): Promise<void> {
  return copy(text, 'Text copied.');
}

export function copyMessageLink({ id, channelId }: Entry): Promise<void> {
  const open = openConversation.value ?? { kind: 'everyone' };
  const address = channelId === null ? directMessageAddress(open, id) : messageAddress(channelId, id);
  return copy(window.location.origin + address, 'Link copied.');
}

async function copy(text: string, done: string): Promise<void> {
  const copied = await copyText(text, null);
  showToast({
    key: 'copied',
    text: copied ? done : 'The browser did not let it be copied.',
    actions: [],
  });
}
