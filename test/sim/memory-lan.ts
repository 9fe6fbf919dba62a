/** A LAN inside the process: whoever starts is seen by all others, whoever says goodbye disappears. */
import type { Advertisement, Discovery, SeenService } from '../../server/ports/types.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Member {
  advertisement: Advertisement;
  handlers: Parameters<Discovery['start']>[1];
}

/** Time a multicast packet takes to be noticed, ms. */
const DELAY = 50;

/** The members of one LAN. */
export class MemoryLan {
  readonly #time: VirtualTime;
  readonly #members = new Set<Member>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** The discovery of one node. */
  discovery(): Discovery {
    let member: Member | null = null;
    return {
      start: async (advertisement, handlers) => {
        if (member !== null) return;
        const joined = { advertisement, handlers };
        member = joined;
        for (const other of this.#members) {
          this.#tell(other, () => other.handlers.seen(serviceOf(advertisement)));
          this.#tell(joined, () => handlers.seen(serviceOf(other.advertisement)));
        }
        this.#members.add(joined);
      },
      stop: async () => {
        const left = member;
        member = null;
        if (left === null) return;
        this.#members.delete(left);
        for (const other of this.#members)
          this.#tell(other, () => other.handlers.gone(left.advertisement.instance));
      },
    };
  }

  #tell(member: Member, what: () => void): void {
    this.#time.after(DELAY, () => {
      if (this.#members.has(member)) what();
    });
  }
}

function serviceOf({ instance, txt, addresses, port }: Advertisement): SeenService {
  const values = new Map(
    txt.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  return { instance, addresses, port, txt: values };
}
