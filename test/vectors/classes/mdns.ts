/** `mdns`: 01 section 3. */
import * as z from 'zod';
import type { PeerId } from '../../../server/wire/ids.ts';
import {
  encodeTxt,
  HOST_TTL_S,
  OTHER_TTL_S,
  parseTxt,
  readService,
  SERVICE_TYPE,
  serviceEndpoints,
  serviceRecord,
} from '../../../server/wire/mdns.ts';
import { expectEqual, hex, toHexText, wireClass } from '../check.ts';

const schema = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('advertise'),
    peer_id: z.string(),
    port: z.number(),
    canopy_version: z.string(),
    capabilities: z.array(z.string()),
    addresses: z.array(z.string()),
    expect: z.record(z.string(), z.unknown()),
  }),
  z.object({
    op: z.literal('receive'),
    local_peer_id: z.string(),
    txt_hex: z.string(),
    addresses_hex: z.array(z.string()),
    port: z.number(),
    expect: z.record(z.string(), z.unknown()).nullable(),
  }),
]);

export const mdns = wireClass('mdns', schema, (vector) => {
  if (vector.op === 'advertise') {
    const record = serviceRecord({
      peerId: vector.peer_id as PeerId,
      port: vector.port,
      canopyVersion: vector.canopy_version,
      capabilities: vector.capabilities,
      addresses: vector.addresses,
    });
    expectEqual(
      {
        service_type: SERVICE_TYPE,
        instance_name: record.instance,
        server: record.hostname,
        txt_hex: toHexText(encodeTxt(record.txt)),
        priority: 0,
        weight: 0,
        host_ttl: HOST_TTL_S,
        other_ttl: OTHER_TTL_S,
      },
      vector.expect,
    );
    return;
  }
  const seen = {
    txt: parseTxt(hex(vector.txt_hex)),
    addresses: vector.addresses_hex.map((address) => hex(address).join('.')),
    port: vector.port,
  };
  const service = readService(seen, vector.local_peer_id as PeerId);
  expectEqual(
    service && {
      peer_id: service.peerId,
      address: service.addresses[0],
      addresses: service.addresses,
      port: service.port,
      version: service.version,
      capabilities: service.capabilities,
      dial_endpoints: serviceEndpoints(service),
    },
    vector.expect,
  );
});
