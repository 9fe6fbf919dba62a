/** Members of libraries this node owns: their rights change here alone (07 section 2.2). */
import type { Timers } from '../ports/types.ts';
import type { LibraryId, PeerId } from '../wire/ids.ts';
import type { AnyRecord, MemberMode } from '../wire/library-records.ts';
import { LibraryError } from './errors.ts';
import { ADOPT_PAGE } from './limits.ts';
import { bodyOf } from './records.ts';
import type { LibraryRecords, RecordBody } from './records.ts';

export class Members {
  readonly #c: { records: LibraryRecords; timers: Timers };

  constructor(components: { records: LibraryRecords; timers: Timers }) {
    this.#c = components;
  }

  /**
   * Gives a member other rights; `none` removes it.
   * @param adopt when it may no longer write: what it wrote becomes this node's. Otherwise that vanishes.
   * @throws {LibraryError} `member_not_found`.
   */
  async setMode(libraryId: LibraryId, peer: PeerId, mode: MemberMode, adopt: boolean): Promise<void> {
    const { records, timers } = this.#c;
    const member = records.rights(libraryId)?.members.get(peer);
    if (member === undefined) throw new LibraryError('member_not_found', 'nobody of that id is a member');
    if (member.mode === mode) return;
    const change: RecordBody = {
      kind: 'member',
      key: peer,
      ed25519_public_key: member.ed25519_public_key,
      mode,
      ticket_id: member.ticket_id,
    };
    // In slices, so that everything else goes on; the last one and the change are one transaction.
    while (adopt && mode !== 'write') {
      const page = records.rows.assetsOf(libraryId, peer, null, ADOPT_PAGE);
      if (page.length < ADOPT_PAGE) break;
      if (
        !this.#adopt(
          libraryId,
          page.map(({ record }) => record),
        )
      )
        break;
      await new Promise<void>((resolve) => timers.after(0, resolve));
    }
    records.together(() => {
      if (adopt && mode !== 'write')
        this.#adopt(
          libraryId,
          records.rows.assetsOf(libraryId, peer, null, ADOPT_PAGE).map(({ record }) => record),
        );
      records.write(libraryId, [change]);
    });
  }

  /** Signs records anew as this node's; whether all could be. */
  #adopt(libraryId: LibraryId, theirs: readonly AnyRecord[]): boolean {
    return this.#c.records.write(libraryId, theirs.map(bodyOf)).every((outcome) => outcome === 'stored');
  }
}
