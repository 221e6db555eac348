import { describe, expect, test } from '@jest/globals';
import { toLoggedError } from '../../src/http/error-log.js';

describe('an error in the log', () => {
  test('has its type, message, code, syscall and stack', () => {
    const error = Object.assign(new TypeError('x is not a function'), { code: 'ERR_X', syscall: 'read' });
    expect(toLoggedError(error)).toEqual({
      type: 'TypeError',
      message: 'x is not a function',
      code: 'ERR_X',
      syscall: 'read',
      stack: expect.stringMatching(/^ {4}at .*error-log\.test/),
    });
  });

  test('has its causes, to a limited depth', () => {
    const circle = new Error('outer', { cause: new Error('inner') });
    expect(toLoggedError(circle)).toMatchObject({ message: 'outer', cause: { message: 'inner' } });
    (circle.cause as Error).cause = circle;
    expect(JSON.stringify(toLoggedError(circle)).split('"type"')).toHaveLength(5);
  });

  test.each([
    [
      'a refused row',
      { code: '23505', detail: 'Key (user_name_key)=(planted) already exists', constraint: 'c', table: 't' },
    ],
    ['a refused value', { code: '22P02', where: 'planted', query: 'planted', parameters: ['planted'] }],
    ['a body', { type: 'entity.parse.failed', body: '{"userName":"planted"', expose: true }],
  ])('contains no part of %s', (_what, properties) => {
    const code = 'code' in properties ? properties.code : undefined;
    const error = code === undefined ? new SyntaxError('planted is not JSON') : new Error('no "planted" here');
    const logged = toLoggedError(new Error('outer', { cause: Object.assign(error, properties) }));
    expect(JSON.stringify(logged)).not.toContain('planted');
    expect(logged['cause']).toMatchObject(code === undefined ? { type: 'SyntaxError' } : { type: 'Error', code });
  });

  test('that is not an Error is logged as its type only', () => {
    expect([toLoggedError('planted'), toLoggedError(undefined)]).toEqual([{ type: 'string' }, { type: 'undefined' }]);
  });
});
