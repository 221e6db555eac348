import pg from 'pg';

/** The statements that all connections of a test have run, without BEGIN and COMMIT. */
export const statements: string[] = [];

/** A client that writes down what it runs. */
export class CountingClient extends pg.Client {
  // The driver's `query` has six overloads; this one sees the arguments of all of them and changes none.
  override query(...parameters: unknown[]): never {
    const [config] = parameters;
    const text = typeof config === 'string' ? config : (config as { text?: string }).text;
    if (text !== undefined && !/^(begin|commit|rollback|listen)/i.test(text)) statements.push(text);
    return (super.query as (...all: unknown[]) => never)(...parameters);
  }
}
