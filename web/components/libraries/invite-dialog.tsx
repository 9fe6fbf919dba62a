/** Tickets of a library: making one, with its QR code, and those that were made (07 section 5). */
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  makeTicket,
  readTickets,
  revokeTicket,
  type InviteWish,
  type Ticket,
} from '../../state/libraries.ts';
import { EXPIRIES, USES, type Library, type LibraryMode } from '../../state/library-words.ts';
import { untilText } from '../../state/time.ts';
import { Button, CopyButton } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Select } from '../field.tsx';
import { Notice, Time } from '../parts.tsx';
import { QrButton } from '../qr-button.tsx';
import { problemText } from '../saving.ts';

const MODES = [
  ['write', 'Receive, add and remove files'],
  ['read', 'Receive files only'],
] as const;

export function InviteDialog({ library, onClose }: { library: Library; onClose: () => void }) {
  const [wish, setWish] = useState<InviteWish>({ mode: 'write', expires_in: 604_800, max_uses: 1 });
  const [ticket, setTicket] = useState<string | null>(null);
  const [tickets, setTickets] = useState<readonly Ticket[]>([]);
  const [error, setError] = useState<string | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const run = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      setTickets(await readTickets(library.id));
      setError(null);
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  useEffect(() => void run(() => Promise.resolve()), []);
  const make = (): Promise<void> =>
    run(async () => {
      setTicket((await makeTicket(library.id, wish)).ticket);
      // It is read at once; the way on is beside it.
      requestAnimationFrame(() => area.current?.focus());
    });
  return (
    <Dialog title="Invite to this library" onClose={onClose}>
      <div class="form">
        {error === null ? null : <Notice tone="danger">{error}</Notice>}
        <p class="quiet-text">
          Whoever has the ticket can join: send it as you would send a key. This device has to be reachable,
          or a relay between, when it is used.
        </p>
        <div class="two-fields">
          <Select
            label="May"
            value={wish.mode}
            options={MODES}
            onChange={(mode) => setWish({ ...wish, mode: mode as LibraryMode })}
          />
          <Select
            label="Valid for"
            value={String(wish.expires_in)}
            options={EXPIRIES}
            onChange={(seconds) => setWish({ ...wish, expires_in: Number(seconds) })}
          />
          <Select
            label="For"
            value={String(wish.max_uses)}
            options={USES}
            onChange={(uses) => setWish({ ...wish, max_uses: Number(uses) })}
          />
        </div>
        <div class="row-actions">
          <Button kind={ticket === null ? 'primary' : 'plain'} onClick={make}>
            {ticket === null ? 'Make a ticket' : 'Make another'}
          </Button>
        </div>
        {ticket === null ? null : (
          <>
            <div class="field">
              <label for="library-ticket">Ticket</label>
              <textarea
                id="library-ticket"
                ref={area}
                class="input code"
                rows={4}
                readOnly
                value={ticket}
                onFocus={(event) => event.currentTarget.select()}
              />
            </div>
            <div class="row-actions">
              <CopyButton text={ticket} name="Copy ticket" source={() => area.current} />
              <QrButton text={ticket} what="ticket" />
            </div>
          </>
        )}
        <TicketList tickets={tickets} revoke={(id) => run(() => revokeTicket(library.id, id))} />
        <div class="row-actions">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}

function TicketList({
  tickets,
  revoke,
}: {
  tickets: readonly Ticket[];
  revoke: (id: string) => Promise<void>;
}) {
  const [now] = useState(() => Date.now());
  const valid = tickets.filter(({ revoked, expires_at: end }) => !revoked && (end === null || end > now));
  if (valid.length === 0) return null;
  return (
    <section class="field" aria-label="Tickets that are valid">
      <h3>Tickets that are valid</h3>
      <ul class="lines">
        {valid.map((ticket) => (
          <li key={ticket.ticket_id} class="ticket">
            <div>
              <p>
                <code>{ticket.ticket_id}</code> {ticket.mode === 'write' ? 'may add' : 'receives only'}
              </p>
              <p class="quiet-text facts-line">
                <span>
                  Made <Time at={ticket.created_at} />
                </span>
                <span>
                  {ticket.expires_at === null ? 'for ever' : `ends ${untilText(ticket.expires_at, now)}`}
                </span>
                <span>
                  {`used ${ticket.uses}${ticket.max_uses === 0 ? '' : ` of ${ticket.max_uses}`} times`}
                </span>
              </p>
            </div>
            <Button
              kind="quiet"
              onClick={() => revoke(ticket.ticket_id)}
              label={`Revoke ${ticket.ticket_id}`}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
