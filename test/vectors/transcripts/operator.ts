/** What a person does at the node that stands in for a recorded one; each thing has to succeed. */
import type { ChannelId, MessageId, PostId, UserId } from '../../../server/wire/ids.ts';
import type { ChannelDraft } from '../../../server/workspace/channel-draft.ts';
import { GENERAL, type Core } from '../../sim/core.ts';

/** A file of a type that may be uploaded; what is in it says nothing. */
function fileBytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => GZIP[i] ?? i % 256);
}
const GZIP = [0x1f, 0x8b];

export interface Post {
  /** Name of a channel made here; #general unless told otherwise. */
  channel?: string;
  /** A message it answers. */
  parent?: MessageId;
  /** Size of a file that goes along. */
  file?: number;
}

export class Operator {
  readonly #core: () => Core;
  readonly #person: UserId;
  readonly #channels = new Map<string, ChannelId>();
  readonly #messages = new Map<string, { id: MessageId; channelId: ChannelId }>();
  readonly #letters = new Map<string, MessageId>();

  /** @param core the node, which is another one after a restart. */
  constructor(core: () => Core, person: UserId) {
    this.#core = core;
    this.#person = person;
  }

  post(content: string, { channel, parent, file }: Post = {}): void {
    const channelId = channel === undefined ? GENERAL : this.#channel(channel);
    this.#do(async ({ workspace }) => {
      const attachments = file === undefined ? [] : [{ id: await this.#upload(file) }];
      const post = { channelId, content, attachments, parentMessageId: parent ?? null };
      const { id } = await workspace.channelMessages.post(this.#person, post);
      this.#messages.set(content, { id, channelId });
    });
  }

  /** Changes what was posted as `content`. */
  edit(content: string, text: string): void {
    this.#do(({ workspace }) => {
      const { id, channelId } = this.#message(content);
      return workspace.channelEdits.edit(this.#person, channelId, id, { content: text });
    });
  }

  /** Deletes what was posted as `content`. */
  delete(content: string): void {
    this.#do(({ workspace }) => {
      const { id, channelId } = this.#message(content);
      return workspace.channelEdits.remove(this.#person, channelId, id);
    });
  }

  like(id: MessageId): void {
    this.#do(({ workspace }) => workspace.reactions.toggle(this.#person, GENERAL, id, 'like'));
  }

  /** Writes to somebody, who need not be known: then it is refused. */
  write(to: string, content: string): void {
    const recipientIds = [userId(to)];
    const sending = this.#core().workspace.directMessages.send(this.#person, { recipientIds, content });
    void sending.then(
      ({ id }) => this.#letters.set(content, id),
      () => undefined,
    );
  }

  /** Deletes what was written as `content`. */
  deleteLetter(content: string): void {
    const id = this.#letters.get(content);
    if (id === undefined) throw new Error(`no letter ${content}`);
    this.#do(({ workspace }) => workspace.directEdits.remove(this.#person, id));
  }

  feed(content: string): void {
    this.#do(({ workspace }) => workspace.feed.create(this.#person, { content, visibility: 'network' }));
  }

  likePost(id: PostId): void {
    this.#do(({ workspace }) => workspace.feedReactions.toggle(this.#person, id, 'like'));
  }

  profile(changes: { displayName?: string; bio: string }): void {
    this.#do(({ workspace }) => workspace.people.updateProfile(this.#person, changes));
  }

  /** Makes a channel, private unless told otherwise, and adds people of other nodes to it. */
  channel(name: string, people: readonly string[] = [], draft: Partial<ChannelDraft> = PRIVATE): void {
    this.#do(async ({ workspace }) => {
      const { id } = await workspace.channels.create(this.#person, { ...draft, name });
      this.#channels.set(name, id);
      for (const one of people) await this.#add(id, one);
    });
  }

  addMember(channel: string, person: string): void {
    this.#do(() => this.#add(this.#channel(channel), person));
  }

  removeMember(channel: string, person: string): void {
    this.#do(({ workspace }) =>
      workspace.channelMembership.remove(this.#admin(), this.#channel(channel), userId(person)),
    );
  }

  #add(id: ChannelId, person: string): Promise<void> {
    const init = { role: 'member', acceptUnencrypted: true } as const;
    return this.#core().workspace.channelMembership.add(this.#admin(), id, userId(person), init);
  }

  #admin(): { userId: UserId; owner: boolean } {
    return { userId: this.#person, owner: true };
  }

  async #upload(size: number): Promise<string> {
    const upload = await this.#core().workspace.files.begin();
    await upload.write(fileBytes(size));
    return (await upload.finish({ name: 'blob.gz', type: '' }, this.#person)).id;
  }

  #channel(name: string): ChannelId {
    const id = this.#channels.get(name);
    // One that another node made goes by its id.
    return id ?? (name as ChannelId);
  }

  #message(content: string): { id: MessageId; channelId: ChannelId } {
    const found = this.#messages.get(content);
    if (found === undefined) throw new Error(`nothing posted as ${content}`);
    return found;
  }

  #do(work: (core: Core) => Promise<unknown>): void {
    void work(this.#core()).catch((error: unknown) => {
      throw error;
    });
  }
}

/** As the operators of the recorded nodes made private channels. */
const PRIVATE = { type: 'private', privacyMode: 'private' };

export function userId(name: string): UserId {
  return `user_${name}` as UserId;
}
