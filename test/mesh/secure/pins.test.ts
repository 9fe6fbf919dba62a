import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pins, storedPins } from '../../../server/mesh/secure/pins.ts';
import type { PinStore } from '../../../server/mesh/secure/pins.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { CoreWorld } from '../../sim/core.ts';

const PEER = '7777777777777777' as PeerId;
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** Pins in a database. */
function stored(): { pins: Pins; store: PinStore; world: CoreWorld; damage(): void } {
  const world = new CoreWorld(1);
  const disk = world.disk();
  const store = storedPins(disk.store, disk.repositories.peerSecurity);
  return {
    world,
    store,
    pins: new Pins({ store, clock: world.time, log: silentLog }),
    damage: () =>
      disk.store.commit.now(() =>
        disk.store.sql.run("UPDATE native_peer_security SET x25519 = '0OIl' WHERE peer_id = @peer", {
          peer: PEER,
        }),
      ),
  };
}

describe('pins (06 section 1.4)', () => {
  it('let nobody come with less than before, nor with another key', () => {
    const { pins } = stored();
    assert.equal(pins.objection(PEER, false, key(1)), null, 'nothing is known yet');
    pins.pin(PEER, key(1));
    assert.equal(pins.objection(PEER, false, key(1)), 'secure_required');
    assert.equal(pins.objection(PEER, true, key(2)), 'peer_key_changed');
    assert.equal(pins.objection(PEER, true, key(1)), null);
    assert.equal(pins.objection('8888888888888888' as PeerId, false, key(1)), null);
  });

  it('keep when it was first and last, and how it came about', async () => {
    const { pins, store, world } = stored();
    const first = world.time.now();
    pins.pin(PEER, key(1), 'ticket');
    await world.time.run(1_800_000);
    pins.pin(PEER, key(1));
    assert.equal(store.get(PEER)?.lastAt, first, 'not written for every session');
    await world.time.run(1_800_000);
    pins.pin(PEER, key(1));
    assert.deepEqual(store.get(PEER), {
      peerId: PEER,
      x25519PublicKey: key(1),
      firstAt: first,
      lastAt: first + 3_600_000,
      source: 'ticket',
    });
  });

  it('are lifted by a person: wholly, or for another key alone', () => {
    const { pins } = stored();
    assert.equal(pins.lift(PEER, 'unpin'), false);
    pins.pin(PEER, key(1));
    assert.equal(pins.lift(PEER, 'accept_key'), true);
    assert.equal(pins.objection(PEER, false, key(1)), 'secure_required');
    assert.equal(pins.objection(PEER, true, key(2)), null);
    pins.pin(PEER, key(2));
    assert.equal(pins.objection(PEER, true, key(1)), 'peer_key_changed');
    assert.equal(pins.lift(PEER, 'unpin'), true);
    assert.equal(pins.objection(PEER, false, key(1)), null);
  });

  it('with a key somebody damaged let no key in, rather than any', () => {
    const { pins, damage } = stored();
    pins.pin(PEER, key(1));
    damage();
    assert.equal(pins.objection(PEER, true, key(1)), 'peer_key_changed');
  });

  it('that cannot be written are said in the log, and stop no session', () => {
    const logged: string[] = [];
    const failing: PinStore = {
      get: () => undefined,
      put: () => {
        throw new Error('the disk is full');
      },
      delete: () => false,
    };
    const log = { ...silentLog, error: (_fields: object, message: string) => logged.push(message) };
    const pins = new Pins({ store: failing, clock: new CoreWorld(1).time, log });
    pins.pin(PEER, key(1));
    assert.equal(logged.length, 1);
  });
});
