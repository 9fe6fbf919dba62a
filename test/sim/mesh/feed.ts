/**
 * The feed in a run: people write posts, change and delete them, and what of it must be where (03 section 7). It draws
 * from numbers of its own, so that a run has the same faults with and without it; a third of the runs have it.
 */
import type { PostId, UserId } from '../../../server/wire/ids.ts';
import { SeededRandom } from '../seeded-random.ts';
import { DiskFull, isKilled } from './machine.ts';
import type { Machine } from './machine.ts';
import { bound } from './bonds.ts';
import { chance, pick } from './scene.ts';
import type { Scene } from './scene.ts';

const RUNS = 1 / 3;
/** Of the steps of such a run. */
const SHARE = 0.2;
const VISIBILITIES = ['public', 'network', 'trusted', 'private'] as const;

/** A post of a run. */
interface Posted {
  id: PostId | null;
  /** All texts it had; the last one is what it says. */
  texts: string[];
  author: Machine;
  user: UserId;
  visibility: (typeof VISIBILITIES)[number];
  deleted: boolean;
  /** A change is under way, or its machine died of it. */
  uncertain: boolean;
}

export class FeedTalk {
  readonly #random: SeededRandom;
  readonly #posts: Posted[] = [];
  readonly #byText = new Map<string, Posted>();
  #texts = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Somebody may do something with a post. */
  step(scene: Scene): void {
    if (!chance({ random: this.#random }, SHARE)) return;
    const machine = pick({ random: this.#random }, scene.machines);
    const user = machine?.awake === true ? pick({ random: this.#random }, machine.people) : undefined;
    if (machine === undefined || user === undefined) return;
    const own = this.#posts.filter((post) => post.user === user && !post.deleted && !post.uncertain);
    const post = chance({ random: this.#random }, 0.4) ? pick({ random: this.#random }, own) : undefined;
    if (post === undefined) this.#write(scene, machine, user);
    else if (chance({ random: this.#random }, 0.6)) this.#change(scene, machine, post);
    else this.#remove(scene, machine, post);
  }

  /** Everybody that can writes one for all. */
  calm(scene: Scene): void {
    for (const machine of scene.machines)
      for (const user of machine.people.slice(0, 1)) this.#write(scene, machine, user, 'network');
  }

  /** What is shown, or kept, that must not be. */
  check(scene: Scene, machine: Machine): void {
    for (const user of machine.people) {
      const seen = new Set<Posted>();
      for (const { content } of machine.core.workspace.feed.list(user, { limit: 1000 })) {
        const where = `${machine.name}, feed of ${user}: "${content}"`;
        const post = this.#byText.get(content);
        if (post === undefined) scene.violations.add(`${where} was never written`);
        else if (seen.has(post)) scene.violations.add(`${where} is shown twice`);
        else if (post.visibility === 'private' && post.user !== user)
          scene.violations.add(`${where} is private`);
        else seen.add(post);
      }
    }
    for (const post of this.#posts) {
      if (post.id === null || post.author === machine) continue;
      const accepted = scene.ledger.everAccepted(post.author, machine);
      const isFor = post.visibility === 'trusted' ? accepted : post.visibility !== 'private';
      if (!isFor && machine.repositories.feed.get(post.id) !== undefined)
        scene.violations.add(`${machine.name} keeps "${post.texts.at(-1)}", which is ${post.visibility}`);
    }
  }

  /** What does not hold yet of what must hold in the end. */
  outstanding(scene: Scene, machine: Machine): string[] {
    const [user] = machine.people;
    if (user === undefined) return [];
    const shown = new Set(
      machine.core.workspace.feed.list(user, { limit: 1000 }).map(({ content }) => content),
    );
    return this.#posts.flatMap((post) => {
      const { author, texts } = post;
      if (post.id === null || post.uncertain || !mustHave(scene, post, machine)) return [];
      if (post.visibility === 'private' && post.user !== user) return [];
      const line = `the post "${texts.at(-1)}" of ${author.name}`;
      if (post.deleted)
        return texts.some((text) => shown.has(text)) ? [`${machine.name} still shows ${line}`] : [];
      return shown.has(texts.at(-1) ?? '') ? [] : [`${machine.name} does not show ${line}`];
    });
  }

  #write(scene: Scene, machine: Machine, user: UserId, visible?: Posted['visibility']): void {
    const visibility = visible ?? pick({ random: this.#random }, VISIBILITIES) ?? 'network';
    const content = this.#text(scene, 'post');
    const post: Posted = {
      id: null,
      texts: [content],
      author: machine,
      user,
      visibility,
      deleted: false,
      uncertain: false,
    };
    this.#posts.push(post);
    this.#byText.set(content, post);
    scene.trace.note(`${machine.name} writes "${content}" in the feed, ${visibility}`);
    const writing = machine.core.workspace.feed.create(user, { content, visibility });
    this.#attempt(scene, post, writing, ({ id }) => (post.id = id));
  }

  #change(scene: Scene, machine: Machine, post: Posted): void {
    if (post.id === null) return;
    const content = this.#text(scene, 'changed post');
    this.#byText.set(content, post);
    scene.trace.note(`${machine.name} changes "${post.texts.at(-1)}" to "${content}"`);
    const changing = machine.core.workspace.feed.edit(post.user, post.id, { content });
    this.#attempt(scene, post, changing, () => post.texts.push(content));
  }

  #remove(scene: Scene, machine: Machine, post: Posted): void {
    if (post.id === null) return;
    scene.trace.note(`${machine.name} deletes "${post.texts.at(-1)}"`);
    const removing = machine.core.workspace.feed.remove(post.user, post.id, { owner: false });
    this.#attempt(scene, post, removing, () => (post.deleted = true));
  }

  #attempt<T>(scene: Scene, post: Posted, work: Promise<T>, done: (result: T) => void): void {
    post.uncertain = true;
    work.then(
      (result) => {
        post.uncertain = false;
        done(result);
      },
      (error: unknown) => {
        if (isKilled(error)) return;
        post.uncertain = false;
        if (!(error instanceof DiskFull))
          scene.violations.add(`${post.author.name}: the feed refused: ${String(error)}`);
      },
    );
  }

  #text(scene: Scene, prefix: string): string {
    this.#texts += 1;
    return `${prefix} ${scene.plan.seed}/${this.#texts}`;
  }
}

/** Posts of somebody nobody here accepted are shown to nobody, so only pairs that owe each other everything count. */
function mustHave(scene: Scene, post: Posted, machine: Machine): boolean {
  const { author, visibility } = post;
  if (author === machine) return true;
  return visibility !== 'private' && bound(scene, author, machine);
}

/** The feed of a run; `null` in runs without it. */
export function feedTalkOf(seed: number): FeedTalk | null {
  const random = new SeededRandom(seed ^ 0x51ed270b);
  return random.fraction() < RUNS ? new FeedTalk(random) : null;
}
