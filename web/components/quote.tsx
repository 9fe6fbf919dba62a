/** What a message replies to, above it and above the composer (05 section 10.5, M-7). */
import { messageAddress } from '../state/bookmarks.ts';
import { directMessageAddress } from '../state/conversations.ts';
import { openConversation } from '../state/direct.ts';
import { focusMessage, landedOn } from '../state/list-control.ts';
import { stopReply, type Quote } from '../state/replying.ts';
import { IconButton } from './button.tsx';
import { CloseIcon, ReplyIcon } from './icons.tsx';
import { Name } from './parts.tsx';
import { navigate } from '../state/router.ts';

/** Leads to the message: in the list where it is there, else to its place in the channel. */
export function QuoteLine({ quote }: { quote: Quote | null | undefined }) {
  if (quote == null)
    return (
      <p class="quote">
        <ReplyIcon />
        <span>{quote === undefined ? 'A reply' : 'A reply to a message that is not here'}</span>
      </p>
    );
  const { id, channelId } = quote;
  const show = (): void => {
    if (focusMessage(id)) {
      landedOn.value = id;
      return;
    }
    const open = openConversation.value;
    if (channelId !== null) navigate(messageAddress(channelId, id));
    else if (open !== null) navigate(directMessageAddress(open, id));
  };
  return (
    <button type="button" class="quote" tabIndex={-1} onClick={show}>
      <ReplyIcon />
      <span class="visually-hidden">In reply to </span>
      <strong>
        <Name>{quote.name}</Name>
      </strong>
      <span class="quote-text">
        <Name>{quote.text}</Name>
      </span>
    </button>
  );
}

/** Above the composer: to what one is replying, and the way out. */
export function Replying({ quote, draftKey }: { quote: Quote; draftKey: string }) {
  return (
    <div class="replying">
      <ReplyIcon />
      <p>
        Replying to{' '}
        <strong>
          <Name>{quote.name}</Name>
        </strong>{' '}
        <span class="quiet-text">
          <Name>{quote.text}</Name>
        </span>
      </p>
      <IconButton
        name="Stop replying"
        onClick={() => {
          stopReply(draftKey);
          document.querySelector<HTMLElement>('#composer')?.focus();
        }}
      >
        <CloseIcon />
      </IconButton>
    </div>
  );
}
