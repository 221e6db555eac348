import { Command } from 'commander';
import { createDirectory } from '../domain/directory/directory-commands.js';
import { print } from './print.js';
import { tenantUrl } from './tenant-url.js';
import { withDatabase } from './with-database.js';

interface Options {
  readonly name?: string;
  readonly json?: boolean;
}

/** `portico directory create`. */
export function directoryCommand(): Command {
  const create = new Command('create')
    .description('create a directory')
    .argument('<slug>', 'its part of the Tenant URL: lower-case letters, digits and hyphens')
    .option('--name <name>', 'its name, the slug when left out')
    .option('--json', 'print JSON')
    .action(async (slug: string, { name, json }: Options) => {
      const created = await withDatabase(async ({ em }, config) => {
        const directory = await createDirectory(em, { slug, name });
        return { slug: directory.slug, id: directory.id, scimUrl: tenantUrl(config, directory.slug) };
      });
      if (json) {
        print(JSON.stringify(created));
        return;
      }
      print(`Directory   ${created.slug} (${created.id})`);
      print(`Tenant URL  ${created.scimUrl}`);
    });
  return new Command('directory').description('directories').addCommand(create);
}
