import type { EntityManager } from '@mikro-orm/postgresql';
import type { Config } from '../../config.js';
import { createDirectory } from '../../domain/directory/directory-commands.js';
import { DirectoryEntity, type Directory } from '../../domain/directory/directory.js';
import { DomainError } from '../../domain/kernel/errors.js';
import { createToken } from '../../domain/token/token-commands.js';

/** Tokens created by the first start, which are printed once. */
export interface BootstrapTokens {
  readonly secretToken: string;
  /** Undefined if `PORTICO_ADMIN_TOKEN` is set. */
  readonly adminToken: string | undefined;
}

/**
 * Creates the directory `default` with a SCIM token and an admin token if the database has no directory.
 *
 * @returns undefined if the database has a directory, even one that another process has just created
 */
export async function createFirstDirectory(em: EntityManager, config: Config): Promise<BootstrapTokens | undefined> {
  if (await findOldestDirectory(em)) return undefined;
  try {
    return await em.fork().transactional(async (fork) => {
      const { id } = await createDirectory(fork, { slug: 'default', name: 'Default' });
      const newToken = { name: 'First Secret Token', expiresAt: null };
      const scim = await createToken(fork, { ...newToken, directoryId: id, kind: 'scim' });
      const newAdmin = { name: 'First admin token', expiresAt: null, directoryId: null, kind: 'admin' } as const;
      const admin = config.adminToken === undefined ? await createToken(fork, newAdmin) : undefined;
      return { secretToken: scim.secret, adminToken: admin?.secret };
    });
  } catch (error) {
    if (error instanceof DomainError && error.code === 'ALREADY_EXISTS') return undefined;
    throw error;
  }
}

/** Returns the oldest directory, whose Tenant URL the server prints when it starts. */
export async function findOldestDirectory(em: EntityManager): Promise<Directory | undefined> {
  const [oldest] = await em.fork().find(DirectoryEntity, {}, { orderBy: { createdAt: 'asc' }, limit: 1 });
  return oldest;
}
