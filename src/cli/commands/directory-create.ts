import { createDirectory } from '../../domain/directory/directory-commands.js';
import { print } from '../terminal/print.js';
import { findTenantUrl } from './tenant-url.js';
import { withDatabase } from './with-database.js';

export interface DirectoryCreateOptions {
  readonly name?: string;
  readonly json?: boolean;
}

/** Runs `portico directory create`. */
export async function directoryCreate(slug: string, { name, json }: DirectoryCreateOptions): Promise<void> {
  const created = await withDatabase(async ({ em }, config) => {
    const directory = await createDirectory(em, { slug, name });
    return { slug: directory.slug, id: directory.id, scimUrl: await findTenantUrl(em, config, directory.slug) };
  });
  if (json) {
    print(JSON.stringify(created));
    return;
  }
  print(`Directory   ${created.slug} (${created.id})`);
  print(`Tenant URL  ${created.scimUrl}`);
}
