/**
 * A page that failed while it was drawn: the same frame, what happened, what to do, an id that is in the log of the node;
 * never the raw error (05 section 10.15, K-9).
 */
import { Component, type ComponentChildren } from 'preact';
import { showToast } from '../state/notices.ts';
import { tellOfFault } from '../state/page-fault.ts';
import { Button } from './button.tsx';
import { Link } from './parts.tsx';
import { Shell } from './shell.tsx';

interface State {
  failed: boolean;
  /** Under which the log of the node has it. */
  errorId: string | null;
}

/** What stands over the page, such as a menu: when it fails it goes until the page is loaded again, and the page stays. */
export class LayerFault extends Component<{ children: ComponentChildren }, Pick<State, 'failed'>> {
  override state = { failed: false };

  static override getDerivedStateFromError(): Pick<State, 'failed'> {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    void tellOfFault(error).then((errorId) => {
      const where =
        errorId === null ? '' : ` The log of the node says where it failed, under the error id ${errorId}.`;
      const reload = { label: 'Reload', run: () => window.location.reload() };
      showToast({
        key: 'fault',
        text: `What you opened could not be shown; nothing you wrote is lost.${where}`,
        actions: [reload],
      });
    });
  }

  override render() {
    return this.state.failed ? null : this.props.children;
  }
}

/** Give it the address as key, so that another page begins anew. */
export class PageFault extends Component<{ children: ComponentChildren }, State> {
  override state: State = { failed: false, errorId: null };

  static override getDerivedStateFromError(): Pick<State, 'failed'> {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    void tellOfFault(error).then((errorId) => this.setState({ errorId }));
  }

  override render() {
    const { errorId } = this.state;
    if (!this.state.failed) return this.props.children;
    return (
      <Shell title="Something went wrong">
        <div class="page">
          <h1>Something went wrong</h1>
          <p class="lead">
            This page could not be shown. Nothing you wrote is lost: drafts and what is not sent yet are kept.
          </p>
          {errorId === null ? null : (
            <p role="status">
              The log of the node says where it failed, under the error id <code>{errorId}</code>.
            </p>
          )}
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
