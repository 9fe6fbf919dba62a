/** What people wrote in a run, and what the product answered: the measure of what every node must show. */
import type { ChannelId, MessageId, UserId } from '../../../server/wire/ids.ts';
import type { Machine } from './machine.ts';

/** Something somebody wrote. */
export interface Said {
  kind: 'channel' | 'direct';
  /** Unlike every other text of the run. */
  text: string;
  /** What it was before it was changed. */
  former: string[];
  /** `null` for direct messages. */
  channel: ChannelId | null;
  author: Machine;
  user: UserId;
  /** Machines of the people a direct message is for. */
  to: Machine[];
  id: MessageId | null;
  /** Whether the product said that it is kept; without that it may be there or not. */
  acknowledged: boolean;
  /** Machines that its author knew to acknowledge when it was written: their rows stay until they do (06 section 3.3). */
  acknowledging: readonly Machine[];
  /** By the author's clock. */
  expiresAt: number | null;
  deleted: boolean;
  /** The machine died while it was changed or deleted: one of its texts is shown, or nothing. */
  uncertain: boolean;
}

/** A channel of the run beside #general. */
export interface Room {
  id: ChannelId;
  origin: Machine;
  /** `null`: everybody. */
  members: Machine[] | null;
}

export class Ledger {
  readonly said: Said[] = [];
  readonly rooms: Room[] = [];
  /** `a>b`: a accepted b at some time. */
  readonly #consents = new Set<string>();
  /** Pairs of which one took its consent back at some time: what was on its way then may be lost. */
  readonly #disturbed = new Set<string>();
  readonly #byText = new Map<string, Said>();

  add(said: Said): Said {
    this.said.push(said);
    this.#byText.set(said.text, said);
    return said;
  }

  /** Something may be shown with this text from now on. */
  alias(said: Said, text: string): void {
    this.#byText.set(text, said);
  }

  /** The text of something changed. */
  change(said: Said, text: string): void {
    said.former.push(said.text);
    said.text = text;
    this.alias(said, text);
  }

  find(text: string): Said | undefined {
    return this.#byText.get(text);
  }

  byId(id: MessageId): Said | undefined {
    return this.said.find((said) => said.id === id);
  }

  consented(a: Machine, b: Machine): void {
    this.#consents.add(`${a.index}>${b.index}`);
  }

  everAccepted(a: Machine, b: Machine): boolean {
    return this.#consents.has(`${a.index}>${b.index}`);
  }

  disturb(a: Machine, b: Machine): void {
    this.#disturbed.add(`${a.index},${b.index}`).add(`${b.index},${a.index}`);
  }

  wasDisturbed(a: Machine, b: Machine): boolean {
    return this.#disturbed.has(`${a.index},${b.index}`);
  }
}
