/** A component that is drawn again only when its properties differ by a given comparison. */
import { Component, createElement, type FunctionComponent } from 'preact';

export function memo<P extends object>(
  view: FunctionComponent<P>,
  same: (before: P, after: P) => boolean,
): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props, next);
    }
    override render() {
      return createElement(view, this.props);
    }
  }
  return (props) => createElement(Memo, props);
}
