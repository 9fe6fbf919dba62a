/** An address that is no page of this build, in the usual frame (05 section 10.15, K-9). */
import { Link } from '../components/parts.tsx';
import { Shell } from '../components/shell.tsx';

export function NotFoundPage() {
  return (
    <Shell title="Not found">
      <div class="page">
        <h1>Not found</h1>
        <p>There is nothing at this address.</p>
        <p>
          <Link href="/channels">Go to #general</Link>
        </p>
      </div>
    </Shell>
  );
}
