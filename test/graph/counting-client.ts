import pg from 'pg';

/** The statements of all connections of a test, without BEGIN and COMMIT. */
export const statements: string[] = [];

/** A client that records its statements. */
export class CountingClient extends pg.Client {
  // The driver's `query` has six overloads; this one passes on the arguments of all of them unchanged.
  override query(...parameters: unknown[]): never {
    const [config] = parameters;
    const text = typeof config === 'string' ? config : (config as { text?: string }).text;
    if (text !== undefined && !/^(begin|commit|rollback|listen)/i.test(text)) statements.push(text);
    return (super.query as (...all: unknown[]) => never)(...parameters);
  }
}
