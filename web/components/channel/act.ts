/** Does something with a channel and reads it again; what was refused is said. */
export type Act = (work: () => Promise<unknown>) => Promise<void>;
