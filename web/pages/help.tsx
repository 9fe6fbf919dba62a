/** `/help`: the guide in short, and what this node itself knows when something does not connect (issue 6, section 1). */
import { OwnFindings } from '../components/help/own-findings.tsx';
import { Link } from '../components/parts.tsx';
import { Region } from '../components/region.tsx';
import { Shell } from '../components/shell.tsx';
import { diagnostics } from '../state/mesh.ts';

export function HelpPage() {
  const port = diagnostics.value?.local.mesh_port ?? 7771;
  return (
    <Shell title="Help">
      <div class="page settings help">
        <h1>Help</h1>
        <p class="lead">
          Your messages live on your devices. Each device is a node; nodes talk to each other directly, with
          no server in between.
        </p>
        <Region title="The first ten minutes">
          <ol>
            <li>
              Start Canopy on a second machine and create an account there. Accounts belong to their node;
              they need not have the same name.
            </li>
            <li>
              On one network the machines find each other: on <Link href="/connect">Connect</Link>, under
              Discovered Peers (LAN), press Connect beside the other one. Elsewhere copy Your Invite Code,
              send it by any way you trust, and paste it there under Import Friend's Invite.
            </li>
            <li>
              The other side sees a request and presses Accept. Until it has, nothing you write is shown
              there; afterwards it catches up by itself.
            </li>
            <li>
              Write in <Link href="/channels">#general</Link>. Everybody you are connected with reads along.
              For one person, use <Link href="/messages">Messages</Link>.
            </li>
          </ol>
        </Region>
        <OwnFindings />
        <Region title="When two machines do not find each other">
          <dl class="answers">
            <dt>It says that the peer is not reachable</dt>
            <dd>
              Is Canopy running there? Is TCP port {port} open in the firewall of the machine that is dialled?
              From another machine, <code>nc -zv ADDRESS {port}</code> must succeed.
            </dd>
            <dt>The machines are in different places</dt>
            <dd>
              One of the two must be reachable: forward TCP port {port} on its router, enter its public
              address under Public IP on <Link href="/connect">Connect</Link>, press Regenerate, and send the
              new code. Or put both into one VPN and use the address there.
            </dd>
            <dt>Neither can be reached</dt>
            <dd>
              Connect both to a third node. It introduces them to each other; if its owner chooses Full relay
              under <Link href="/settings">Settings</Link>, Mesh Relay, it also carries what they write.
              Between nodes of this program the one in the middle cannot read it. A peer reached so is marked
              Via.
            </dd>
            <dt>Peer ID does not match public key</dt>
            <dd>The code was cut off or changed on the way. Copy all of it again.</dd>
            <dt>Connected, but no messages come</dt>
            <dd>
              The other side may not have accepted yet: <Link href="/trust">Trust Network</Link> shows this
              side. Clocks that differ by half a minute or more also make some programs drop messages without
              a word.
            </dd>
            <dt>A message stays at Waiting</dt>
            <dd>
              Its device is off or away. This node keeps the message and hands it over when the other one
              returns; you need not do anything.
            </dd>
          </dl>
        </Region>
        <Region title="Good to know">
          <ul>
            <li>
              The badge at a peer says how you reach it: Direct, or Via another one. The words beside it say
              how well that link is protected.
            </li>
            <li>
              Deleting a message asks every device to remove it. A device that never comes back keeps it.
            </li>
            <li>
              Your account and what you wrote are on this device only.{' '}
              <code>npx canopy backup DIRECTORY</code> copies all of it, also while the node runs;{' '}
              <code>npx canopy restore</code> brings it back.
            </li>
            <li>
              <code>npx canopy doctor</code> on the machine of this node looks at everything and says what to
              do.
            </li>
            <li>
              Programs use the same API as this page, with a key from <Link href="/keys">API Keys</Link>: see{' '}
              <a href="/api/v1/reference" target="_blank" rel="noopener">
                the reference
              </a>
              .
            </li>
          </ul>
        </Region>
      </div>
    </Shell>
  );
}
