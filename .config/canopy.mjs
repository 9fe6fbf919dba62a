#!/usr/bin/env node
// `npx canopy …`: a node as with `npm start`, or a headless command (`npx canopy help`).
await import('./start.mjs');
