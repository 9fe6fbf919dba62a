/**
 * The door of `interaction` messages (02 section 2.12): what somebody does to something, told apart by its action. Each
 * action belongs to one part, which names itself here; others are not kept.
 */
import type { z } from 'zod';
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import type { interactionSchema } from '../wire/payloads/feed.ts';
import type { Inbound } from './inbound.ts';

export type Interaction = z.output<typeof interactionSchema>;
/** Takes in an interaction of an accepted author; says what became of it. */
export type InteractionHandler = (
  interaction: Interaction,
  message: InboundMessage,
) => AckStatus | Promise<AckStatus>;

export class Interactions {
  readonly #handlers = new Map<string, InteractionHandler>();

  /**
   * Hands interactions of these actions to `handle`.
   * @param itemType of one kind of item alone; `null`: of every kind nobody else named.
   */
  on(actions: readonly string[], itemType: string | null, handle: InteractionHandler): void {
    for (const action of actions) this.#handlers.set(keyOf(action, itemType), handle);
  }

  register(inbound: Inbound): void {
    inbound.on('interaction', 'trusted', (interaction, message) => {
      const { action, item_type: itemType } = interaction;
      const handle = this.#handlers.get(keyOf(action, itemType)) ?? this.#handlers.get(keyOf(action, null));
      return handle === undefined ? ACK.gone : handle(interaction, message);
    });
  }
}

function keyOf(action: string, itemType: string | null): string {
  return `${action} ${itemType ?? '*'}`;
}
