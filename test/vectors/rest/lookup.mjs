// Preloaded into every node the exchanges run against: host names of the table in CANOPY_TEST_HOSTS resolve to the
// address written there, every other name to nothing. This is the one place where a node finds out about names.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const table = JSON.parse(process.env.CANOPY_TEST_HOSTS ?? '{}');

dns.lookup = (hostname, options, callback) => {
  const done = typeof options === 'function' ? options : callback;
  const all = typeof options === 'object' && options !== null && options.all === true;
  const literal = /^[\d.]+$|:/.test(hostname) ? hostname : undefined;
  const address = literal ?? (hostname === 'localhost' ? '127.0.0.1' : table[hostname]);
  process.nextTick(() => {
    if (address === undefined) {
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
      done(error);
      return;
    }
    const family = address.includes(':') ? 6 : 4;
    if (all) done(null, [{ address, family }]);
    else done(null, address, family);
  });
};
syncBuiltinESMExports();
