/** How a list of conversations is shown: order, only what is new, and the signs beside names (05 section 10.9, U-3). */
import { byName, unreadOnly } from '../state/list-order.ts';
import type { StoredFlag } from '../state/stored-flag.ts';
import type { UnreadMark } from '../state/unread-marks.ts';
import { MoreIcon } from './icons.tsx';
import { Popover } from './popover.tsx';

const ID = 'list-options';

/** At the foot of a list, in the same Tab stop unless the list is empty. */
export function ListOptions({ alone }: { alone: boolean }) {
  return (
    <li>
      <button type="button" class="row row-button" tabIndex={alone ? 0 : -1} popovertarget={ID}>
        <MoreIcon />
        List options
      </button>
      <span id={FAVOURITE_ID} hidden>
        Favourite
      </span>
      <Popover id={ID} label="List options">
        <Choice flag={unreadOnly} words="Only unread" />
        <Choice flag={byName} words="Sort by name, not by activity" />
      </Popover>
    </li>
  );
}

function Choice({ flag, words }: { flag: StoredFlag; words: string }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={flag.value}
        onChange={(event) => flag.choose(event.currentTarget.checked)}
      />
      <span>{words}</span>
    </label>
  );
}

/** A number for what calls, a dot for what is new; the name says it in words. */
export function UnreadSign({ mark }: { mark: UnreadMark }) {
  if (mark === null) return null;
  return mark.kind === 'dot' ? (
    <span class="unread-dot" aria-hidden="true" />
  ) : (
    <span class="count" aria-hidden="true">
      {mark.count}
    </span>
  );
}

/** Says of a link, besides its name, that it leads to a favourite; stands with {@link ListOptions}. */
export const FAVOURITE_ID = 'is-favourite';

export function StarSign() {
  return (
    <span class="star" aria-hidden="true" title="Favourite">
      ★
    </span>
  );
}
