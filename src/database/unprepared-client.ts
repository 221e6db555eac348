import pg from 'pg';

/**
 * A client that runs every statement unnamed, for poolers that hand each transaction another server connection and do
 * not carry prepared statements along (`PORTICO_PREPARED=off`).
 */
export class UnpreparedClient extends pg.Client {
  // The driver's `query` has six overloads; this one sees the arguments of all of them and changes one field of one.
  override query(...parameters: unknown[]): never {
    const [config, ...rest] = parameters;
    const unnamed =
      typeof config === 'object' && config !== null && 'name' in config && 'text' in config
        ? // A query object of the driver's own would lose its methods in a copy.
          'submit' in config
          ? Object.assign(config, { name: undefined })
          : { ...config, name: undefined }
        : config;
    return (super.query as (...all: unknown[]) => never)(unnamed, ...rest);
  }
}
