import { parseAttributePath } from '../../client/attribute-path.js';
import { isObject, toList, toText, type Json } from '../../client/json.js';
import { toResources } from '../../client/resource.js';
import { summarizeResponse } from '../../client/summarize-response.js';
import { GROUP_URN, USER_URN } from '../../client/urns.js';
import type { MappingRow } from '../../profile/profile.js';
import type { Session } from '../session/session.js';

const STEP = 'read schemas';

/**
 * Reads /Schemas, as Entra does when the configuration of a gallery application is saved. A failure does not affect mappings
 * that were entered by hand.
 */
export async function discover(session: Session): Promise<void> {
  const response = await session.send('GET', '/Schemas', { step: STEP });
  if (response.status >= 500) session.accept(response, 'server-error', STEP);
  if (response.status !== 200 || response.content !== 'json') {
    session.report('schemas-missing', response, STEP, '200 and a list of schemas');
    return;
  }
  const schemas = toResources(response.body);
  if (!schemas || Array.isArray(response.body)) {
    const seen = schemas ? 'a bare array' : summarizeResponse(response);
    session.report('schemas-not-a-list', response, STEP, 'a ListResponse', seen);
  }
  if (!schemas) return;
  const { users, groups } = session.profile;
  const published = toPublished(schemas);
  const missing = [
    ...users.filter((row) => !isPublished(published, row, USER_URN)),
    ...groups.filter((row) => !isPublished(published, row, GROUP_URN)),
  ].map(({ path }) => path);
  if (missing.length > 0) {
    session.report(
      'schema-lacks-attributes',
      response,
      STEP,
      'every mapped attribute',
      `without ${missing.join(', ')}`,
    );
  }
  if (JSON.stringify(schemas).includes(':null')) {
    session.report('schema-holds-null', response, STEP, 'no null', 'null in a schema');
  }
}

/** The names of all published attributes in lower case, as `urn:attribute` and `urn:attribute.subAttribute`. */
function toPublished(schemas: readonly Json[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const schema of schemas.filter(isObject)) {
    for (const attribute of toList(schema['attributes']).filter(isObject)) {
      const name = `${toText(schema['id'])}:${toText(attribute['name'])}`;
      names.add(name.toLowerCase());
      for (const sub of toList(attribute['subAttributes']).filter(isObject)) {
        names.add(`${name}.${toText(sub['name'])}`.toLowerCase());
      }
    }
  }
  return names;
}

/** `externalId` is a common attribute of all resources and not part of any schema (RFC 7643 §3.1). */
function isPublished(published: ReadonlySet<string>, { path }: MappingRow, core: string): boolean {
  const { urn = core, attribute, subAttribute } = parseAttributePath(path) ?? { attribute: path };
  const name = `${urn}:${attribute}${subAttribute === undefined ? '' : `.${subAttribute}`}`;
  return attribute === 'externalId' || published.has(name.toLowerCase());
}
