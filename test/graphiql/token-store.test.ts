import { beforeEach, describe, expect, test } from '@jest/globals';
import { TokenStore } from '../../graphiql/token-store.js';
import { MemoryStorage } from './memory-storage.js';

let session: MemoryStorage;
let local: MemoryStorage;
let store: TokenStore;

beforeEach(() => {
  session = new MemoryStorage();
  local = new MemoryStorage();
  store = new TokenStore(session, local);
});

describe('The token', () => {
  test('is deleted with the browser tab by default', () => {
    store.store('secret', false);
    expect([store.token, store.isKept, session.size, local.size]).toEqual(['secret', false, 1, 0]);
    expect(new TokenStore(new MemoryStorage(), local).token).toBe('');
  });

  test('is kept after the tab is closed on request', () => {
    store.store('secret', true);
    expect([store.token, store.isKept, session.size, local.size]).toEqual(['secret', true, 0, 1]);
    expect(new TokenStore(new MemoryStorage(), local).token).toBe('secret');
  });

  test('is stored in one place only, whatever was chosen before', () => {
    store.store('first', true);
    store.store('second', false);
    expect([store.token, local.size]).toEqual(['second', 0]);
    store.store('third', true);
    expect([store.token, session.size]).toEqual(['third', 0]);
  });

  test('is deleted from both storages when the field is emptied', () => {
    store.store('secret', true);
    store.store('', true);
    expect([store.token, store.isKept, session.size, local.size]).toEqual(['', false, 0, 0]);
  });
});
