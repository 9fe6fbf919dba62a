/** One post: who, for whom, what, and what can be done with it (05 sections 3.3 and 10.15, K-5). */
import { useState } from 'preact/hooks';
import { attachmentsOf } from '../../state/attachments.ts';
import { bookmarks, toggleBookmark } from '../../state/bookmarks.ts';
import {
  changePost,
  reactionsOf,
  reactToPost,
  removePost,
  visibilityName,
  VISIBILITIES,
  type Post,
} from '../../state/feed.ts';
import { REACTIONS } from '../../state/message-actions.ts';
import { peerName } from '../../state/mesh.ts';
import { showToast } from '../../state/notices.ts';
import { counted } from '../../state/numbers.ts';
import { personName } from '../../state/people.ts';
import { hasPoll, withoutPoll } from '../../state/poll.ts';
import { me } from '../../state/session.ts';
import { parseTime } from '../../state/time.ts';
import { Attachments } from '../attachments.tsx';
import { Button } from '../button.tsx';
import { EmojiMenu } from '../emoji-picker.tsx';
import { Field, Select } from '../field.tsx';
import { Markdown } from '../markdown.tsx';
import { Avatar, Link, Name, PersonLink, Time } from '../parts.tsx';
import { PollCard } from '../poll-card.tsx';
import { Comments } from './comments.tsx';

const SIGNS = new Map(REACTIONS.map(([kind, sign]) => [kind, sign]));
const KINDS = new Map(REACTIONS.map(([kind, sign]) => [sign, kind]));
const CHOICES = REACTIONS.map(([, sign, name]) => [sign, name] as const);

/** Runs what may be refused, and says so. */
export function tell(work: Promise<unknown>): void {
  work.catch((cause: unknown) =>
    showToast({
      key: 'feed',
      text: cause instanceof Error ? cause.message : 'That did not work.',
      actions: [],
    }),
  );
}

export function PostCard({ post, open }: { post: Post; open: boolean }) {
  const [comments, setComments] = useState(open);
  const [editing, setEditing] = useState(false);
  const name = personName(post.author_id, post.display_name || post.username);
  const at = parseTime(post.created_at) ?? 0;
  return (
    <article class="post" aria-label={`Post of ${name}`}>
      <Avatar id={post.author_id} name={name} />
      <div class="post-body">
        <p class="message-head">
          <strong>
            <PersonLink id={post.author_id} name={name} />
          </strong>
          {post.origin_peer === null || peerName(post.origin_peer) === name ? null : (
            <span class="quiet-text">
              <Name>{peerName(post.origin_peer)}</Name>
            </span>
          )}
          <Link href={`/feed?post=${encodeURIComponent(post.id)}`} class="quiet-text post-time">
            <Time at={at} />
          </Link>
          <span class="quiet-text">{visibilityName(post.visibility)}</span>
          {post.edited_at === null ? null : <span class="quiet-text">edited</span>}
        </p>
        {editing ? <EditPost post={post} onClose={() => setEditing(false)} /> : <Content post={post} />}
        <Actions
          post={post}
          onEdit={() => setEditing(true)}
          comments={comments}
          onComments={() => setComments(!comments)}
        />
        {comments ? <Comments post={post} /> : null}
      </div>
    </article>
  );
}

function Content({ post }: { post: Post }) {
  if (!post.available)
    return <p class="quiet-text">This post is encrypted, and its key has not come to this device yet.</p>;
  const files = post.metadata?.['attachments'];
  const reference = post.repost_reference ?? post.variant_reference;
  return (
    <>
      <Markdown text={hasPoll(post.content) ? withoutPoll(post.content) : post.content} />
      {hasPoll(post.content) ? <PollCard id={post.id} type="feed" turn={post} /> : null}
      <Attachments files={Array.isArray(files) ? attachmentsOf(files as Record<string, unknown>[]) : []} />
      {reference === undefined ? null : (
        <blockquote class="referred">
          <p class="quiet-text">
            <Name>{reference.author_display ?? 'Somebody'}</Name> wrote
          </p>
          {reference.available ? (
            <Markdown text={reference.body_text ?? reference.preview_text ?? ''} />
          ) : (
            <p class="quiet-text">This is no longer available.</p>
          )}
        </blockquote>
      )}
    </>
  );
}

interface ActionsProps {
  post: Post;
  comments: boolean;
  onEdit: () => void;
  onComments: () => void;
}

function Actions({ post, comments, onEdit, onComments }: ActionsProps) {
  const [asked, setAsked] = useState(false);
  const saved = (bookmarks.value ?? []).some((one) => one.source_id === post.id);
  const own = post.author_id === me.value?.id;
  return (
    <div class="post-actions">
      {reactionsOf(post).map(({ kind, count, names, mine }) => (
        <button
          key={kind}
          type="button"
          class="reaction"
          aria-pressed={mine}
          aria-label={`${kind}, ${count}: ${names.join(', ')}`}
          title={names.join(', ')}
          onClick={() => tell(reactToPost(post, kind))}
        >
          <span aria-hidden="true">{SIGNS.get(kind) ?? '👍'}</span> {count}
        </button>
      ))}
      <EmojiMenu
        id={`react-${post.id}`}
        button="React"
        label="Reactions"
        choices={CHOICES}
        pick={(sign) => tell(reactToPost(post, KINDS.get(sign) ?? 'like'))}
      />
      <button type="button" class="button quiet" aria-expanded={comments} onClick={onComments}>
        {post.comments === 0 ? 'Comment' : counted(post.comments, 'comment', 'comments')}
      </button>
      <Button kind="quiet" onClick={() => toggleBookmark('feed_post', post.id)}>
        {saved ? 'Remove bookmark' : 'Save'}
      </Button>
      {own ? (
        <>
          <Button kind="quiet" onClick={onEdit}>
            Edit
          </Button>
          {asked ? (
            <Button kind="danger" onClick={() => removePost(post.id)} autoFocus>
              Delete everywhere
            </Button>
          ) : (
            <Button kind="quiet" onClick={() => setAsked(true)}>
              Delete…
            </Button>
          )}
        </>
      ) : null}
    </div>
  );
}

function EditPost({ post, onClose }: { post: Post; onClose: () => void }) {
  const [content, setContent] = useState(post.content);
  const [visibility, setVisibility] = useState(post.visibility);
  const [error, setError] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    try {
      await changePost(post.id, {
        ...(content === post.content ? {} : { content }),
        ...(visibility === post.visibility ? {} : { visibility }),
      });
      onClose();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'It could not be saved.');
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label="Text" value={content} onInput={setContent} rows={4} error={error} />
      <Select
        label="Who sees it"
        value={visibility}
        options={VISIBILITIES.filter(([key]) => key !== 'custom' || post.visibility === 'custom').map(
          ([key, words]) => [key, words] as const,
        )}
        onChange={setVisibility}
        hint="Made narrower, it is withdrawn from other devices."
      />
      <div class="row-actions">
        <Button
          type="submit"
          kind="primary"
          disabledBecause={content.trim() === '' ? 'A post has words; Delete removes it.' : null}
        >
          Save
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
}
