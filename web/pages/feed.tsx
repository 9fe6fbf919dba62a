/** `/feed`: posts of the people one is connected with (05 sections 3.3 and 10.15, K-5). */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { NewPost } from '../components/feed/new-post.tsx';
import { PostCard } from '../components/feed/post.tsx';
import { Select } from '../components/field.tsx';
import { FeedIcon } from '../components/icons.tsx';
import { Empty, Link, Notice } from '../components/parts.tsx';
import { Shell } from '../components/shell.tsx';
import {
  hasOlderPosts,
  loadFeed,
  loadOlderPosts,
  loadPost,
  order,
  ORDERS,
  posts,
  single,
  waitingPosts,
} from '../state/feed.ts';
import { counted } from '../state/numbers.ts';
import { location } from '../state/router.ts';

export function FeedPage() {
  const { query } = location.value;
  const id = query.get('post') ?? query.get('focus_post');
  const [error, setError] = useState<string | null>(null);
  const run = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => setError(null),
      (cause: unknown) => setError(cause instanceof Error ? cause.message : 'The feed could not be read.'),
    );
  useEffect(() => {
    single.value = null;
    void run(
      id === null
        ? loadFeed()
        : Promise.all([loadPost(id).then((post) => (single.value = post)), loadFeed()]),
    );
  }, [id]);
  return (
    <Shell title="Social Feed">
      <div class="page settings feed">
        <h1>Social Feed</h1>
        {error === null ? null : (
          <Notice tone="danger" action={<Button onClick={() => run(loadFeed())}>Retry</Button>}>
            {error}
          </Notice>
        )}
        {id === null ? <Everything run={run} /> : <Single />}
      </div>
    </Shell>
  );
}

function Single() {
  return (
    <>
      <p>
        <Link href="/feed">All posts</Link>
      </p>
      {single.value === null ? null : <PostCard key={single.value.id} post={single.value} open />}
    </>
  );
}

function Everything({ run }: { run: (work: Promise<unknown>) => Promise<void> }) {
  const list = posts.value;
  const waiting = waitingPosts.value;
  return (
    <>
      <NewPost />
      <div class="feed-head">
        {waiting === 0 ? (
          <span />
        ) : (
          <Button onClick={() => run(loadFeed())}>{counted(waiting, 'new post', 'new posts')}</Button>
        )}
        {list === null || list.length === 0 ? null : (
          <Select
            label="Order"
            value={order.value}
            options={ORDERS}
            onChange={(wanted) => {
              order.value = wanted;
              void run(loadFeed());
            }}
          />
        )}
      </div>
      {list?.length === 0 ? (
        <Empty
          icon={FeedIcon}
          action={
            <Button onClick={() => document.querySelector<HTMLElement>('.new-post textarea')?.focus()}>
              Write a post
            </Button>
          }
        >
          No posts yet. What you and the people on accepted devices post appears here.
        </Empty>
      ) : null}
      <div class="posts">
        {(list ?? []).map((post) => (
          <PostCard key={post.id} post={post} open={false} />
        ))}
      </div>
      {hasOlderPosts.value ? <Button onClick={() => run(loadOlderPosts())}>Older posts</Button> : null}
    </>
  );
}
