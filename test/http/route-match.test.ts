/** Which entry a path finds (04 section 1.4): exact paths, and parameters that cannot reach into anything. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RouteTable } from '../../server/http/route-match.ts';

const table = new RouteTable<string>([
  ['/channels', 'list'],
  ['/channels/:id', 'one'],
  ['/channels/messages', 'post'],
  ['/channels/:id/messages/:message', 'message'],
  ['/', 'root'],
]);
const find = (path: string): unknown => {
  const found = table.find(path);
  return found === null ? null : [found.entry, { ...found.params }];
};

describe('finding a route', () => {
  test('literal paths win over parameters, whatever their order', () => {
    assert.deepEqual(find('/channels/messages'), ['post', {}]);
    assert.deepEqual(find('/channels/general'), ['one', { id: 'general' }]);
    assert.deepEqual(find('/'), ['root', {}]);
  });

  test('slashes, letter case and encoded literals count', () => {
    for (const path of [
      '',
      '//',
      '/channels/',
      '/channels//',
      '//channels',
      '/Channels',
      '/channels/general/',
      '/channels//messages/M1',
      '/channels/general/messages/',
      '/channels/general/messages/M1/',
      '/channels/general/Messages/M1',
      '/chan%6Eels',
      'channels',
    ])
      assert.equal(find(path), null, path);
  });

  test('a parameter is decoded once, also to a slash; bad UTF-8 throws', () => {
    assert.deepEqual(find('/channels/a%2Fb'), ['one', { id: 'a/b' }]);
    assert.deepEqual(find('/channels/%2e%2e'), ['one', { id: '..' }]);
    assert.deepEqual(find('/channels/%252F'), ['one', { id: '%2F' }]);
    assert.deepEqual(find('/channels/:id'), ['one', { id: ':id' }]);
    assert.deepEqual(find('/channels/a+b'), ['one', { id: 'a+b' }]);
    for (const bad of ['%', '%zz', '%E0%A4%A', '%ff'])
      assert.throws(() => find(`/channels/${bad}`), URIError);
  });

  test('names of the language are values like any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      assert.deepEqual(find(`/channels/${name}`), ['one', { id: name }]);
    assert.equal(find('/__proto__'), null);
    assert.equal(find('/constructor'), null);
  });

  test('every path either finds nothing or is the pattern with its parameters put back', () => {
    const segment = fc.oneof(
      fc.constantFrom('channels', 'messages', '', 'general'),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
        const path = `/${segments.map(encodeURIComponent).join('/')}`;
        const found = table.find(path);
        if (found === null) return;
        const patterns: Record<string, string> = {
          list: '/channels',
          one: '/channels/:id',
          post: '/channels/messages',
          message: '/channels/:id/messages/:message',
          root: '/',
        };
        const rebuilt = patterns[found.entry]?.replace(/:(\w+)/g, (_all, name: string) =>
          encodeURIComponent(found.params[name] ?? ''),
        );
        assert.equal(rebuilt, path);
      }),
    );
  });
});
