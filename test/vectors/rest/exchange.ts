/** The shape of recorded exchanges and of the scenario between them (04). */
import * as z from 'zod';

const text = z.string();
const headers = z.record(text, text);

export const exchangeSchema = z.object({
  name: text,
  tier: z.enum(['T1', 'T2', 'T3']),
  run: z.enum(['main', 'single', 'legacy']),
  node: text,
  seq: z.number(),
  request: z.object({ method: text, path: text, headers, body: z.unknown() }),
  response: z.object({ status: z.number(), headers, body: z.unknown() }),
  verdict: z.enum(['match', 'defect']),
  wanted: z
    .object({ status: z.array(z.number()), body: z.unknown(), or_recorded: z.boolean().optional() })
    .nullish(),
});
export type Exchange = z.infer<typeof exchangeSchema>;

const common = { after_seq: z.number(), node: text.optional(), binds: z.record(text, text).optional() };
const call = { node: text, method: text, path: text, body: z.unknown() };
const scenarioEntry = z.discriminatedUnion('kind', [
  z.object({ ...common, ...call, kind: z.literal('form'), body: z.record(text, text) }),
  z.object({ ...common, ...call, kind: z.literal('session'), user: text }),
  z.object({ ...common, ...call, kind: z.literal('api'), key: text }),
  z.object({ ...common, ...call, kind: z.literal('exchange'), headers }),
  z.object({ ...common, kind: z.literal('database'), note: text }),
  z.object({ ...common, kind: z.literal('sleep'), seconds: z.number() }),
  z.object({ ...common, kind: z.literal('wait_until'), note: text }),
]);
export type ScenarioEntry = z.infer<typeof scenarioEntry>;
export const scenarioSchema = z.array(scenarioEntry);

/** One exchange and the file it stands in. */
export interface PlacedExchange {
  area: string;
  exchange: Exchange;
}

/** The name of an exchange within the class. */
export function caseId(area: string, exchange: Exchange): string {
  return `${area}/${exchange.name}`;
}
