/** Archives channels in which nobody talked for as long as they last (03 section 5.12). Each node does so by itself. */
import type { Clock } from '../ports/types.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import { INACTIVE, isInactive } from './channel-lifecycle.ts';
import { isQuarantine } from './channel-rules.ts';
import type { Changes } from './changes.ts';
import type { Journal } from './journal.ts';

export class ChannelUpkeep {
  readonly #c: { table: ChannelTable; journal: Journal; changes: Changes; clock: Clock };

  constructor(components: { table: ChannelTable; journal: Journal; changes: Changes; clock: Clock }) {
    this.#c = components;
  }

  /** Archives what is due now; the number of channels. */
  archive(): number {
    const { table, journal, changes, clock } = this.#c;
    return changes.now(() => {
      const now = clock.now();
      const due = table
        .list()
        .filter((channel) => isInactive(channel, now) && !isQuarantine(channel.id, channel.name));
      for (const { id } of due) {
        table.update(id, { lifecycleArchivedAt: now, lifecycleArchiveReason: INACTIVE });
        journal.channelState(id, null, { reason: 'channel_archived' });
      }
      return due.length;
    });
  }
}
