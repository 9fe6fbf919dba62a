/** A page that failed while it was drawn: the same frame, what happened, what to do; never the raw error (05 section 10.15, K-9). */
import { Component, type ComponentChildren } from 'preact';
import { Button } from './button.tsx';
import { Link } from './parts.tsx';
import { Shell } from './shell.tsx';

interface State {
  failed: boolean;
}

/** Give it the address as key, so that another page begins anew. */
export class PageFault extends Component<{ children: ComponentChildren }, State> {
  override state: State = { failed: false };

  static override getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Shell title="Something went wrong">
        <div class="page">
          <h1>Something went wrong</h1>
          <p class="lead">
            This page could not be shown. Nothing you wrote is lost: drafts and what is not sent yet are kept.
          </p>
          <div class="row-actions">
            <Button kind="primary" onClick={() => window.location.reload()}>
              Reload
            </Button>
            <Link href="/help">Help</Link>
          </div>
        </div>
      </Shell>
    );
  }
}
