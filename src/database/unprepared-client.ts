import { TimedClient } from './timed-client.js';

/**
 * A client that runs every statement unnamed, for poolers that assign a server connection for each transaction and do
 * not support prepared statements (`PORTICO_PREPARED=off`).
 */
export class UnpreparedClient extends TimedClient {
  // `query` of the driver has six overloads. This one accepts all of them and removes the name from a query object.
  override query(...parameters: unknown[]): never {
    const [config, ...rest] = parameters;
    const unnamed =
      typeof config === 'object' && config !== null && 'name' in config && 'text' in config
        ? // A query object of the driver's own class would lose its methods in a copy.
          'submit' in config
          ? Object.assign(config, { name: undefined })
          : { ...config, name: undefined }
        : config;
    return super.query(unnamed, ...rest);
  }
}
