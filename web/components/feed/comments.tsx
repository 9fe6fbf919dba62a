/** Comments on a post, the oldest first, answers below what they answer (05 section 3.3). */
import { useEffect, useState } from 'preact/hooks';
import { loadComments, removeComment, writeComment, type Comment, type Post } from '../../state/feed.ts';
import { personName } from '../../state/people.ts';
import { me } from '../../state/session.ts';
import { parseTime } from '../../state/time.ts';
import { Button } from '../button.tsx';
import { Markdown } from '../markdown.tsx';
import { Avatar, Name, PersonLink, Time } from '../parts.tsx';

/** The node's limit (04 section 3.10). */
const MAX_LENGTH = 5_000;

export function Comments({ post }: { post: Post }) {
  const [list, setList] = useState<readonly Comment[] | null>(null);
  const [text, setText] = useState('');
  const [parent, setParent] = useState<Comment | null>(null);
  const [error, setError] = useState<string | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setError(null);
    try {
      await work();
      setList(await loadComments(post.id));
      return true;
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
      return false;
    }
  };
  useEffect(() => void run(() => Promise.resolve()), [post.id, post.comments]);
  const send = async (): Promise<void> => {
    if (text.trim() === '') return;
    if (!(await run(() => writeComment(post.id, text.trim(), parent?.id ?? null)))) return;
    setText('');
    setParent(null);
  };
  const own = me.value?.id;
  return (
    <div class="comments">
      <ul class="plain-list" aria-label="Comments">
        {(list ?? []).map((comment) => (
          <li key={comment.id} class={comment.parent_comment_id === null ? 'comment' : 'comment answer'}>
            <CommentView comment={comment} />
            <span class="row-actions">
              <Button kind="quiet" onClick={() => setParent(comment)}>
                Reply
              </Button>
              {comment.user_id === own || post.author_id === own ? (
                <Button
                  kind="quiet"
                  onClick={() => run(() => removeComment(post.id, comment.id)).then(() => undefined)}
                >
                  Delete
                </Button>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
      <form
        class="comment-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {parent === null ? null : (
          <p class="quiet-text">
            Replying to <Name>{personName(parent.user_id, parent.display_name)}</Name>{' '}
            <button type="button" class="person-link" onClick={() => setParent(null)}>
              Stop replying
            </button>
          </p>
        )}
        <div class="input-with-button">
          <input
            class="input"
            aria-label="Comment"
            placeholder="Write a comment"
            value={text}
            maxLength={MAX_LENGTH}
            dir="auto"
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" disabledBecause={text.trim() === '' ? 'Write a comment first.' : null}>
            Comment
          </Button>
        </div>
        <p class="note">Comments stay on this device.</p>
        {error === null ? null : (
          <p class="note error" role="alert">
            {error}
          </p>
        )}
      </form>
    </div>
  );
}

function CommentView({ comment }: { comment: Comment }) {
  const name = personName(comment.user_id, comment.display_name || comment.username);
  return (
    <div class="comment-view">
      <Avatar id={comment.user_id} name={name} small />
      <div>
        <p class="message-head">
          <strong>
            <PersonLink id={comment.user_id} name={name} />
          </strong>
          <Time at={parseTime(comment.created_at) ?? 0} />
        </p>
        <Markdown text={comment.content} />
      </div>
    </div>
  );
}
