/**
 * SCIMMY with its express routers, set up as in its README and its documentation of handlers. It has no storage of its own:
 * users and groups are kept in a Map in memory, and SCIMMY filters the list that it is given.
 */
import { randomUUID } from 'node:crypto';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { listen } from './listen.mjs';

const { TOKEN } = process.env;

SCIMMY.Schemas.User.extend(SCIMMY.Schemas.EnterpriseUser);
declare(SCIMMY.Resources.User, 'userName');
declare(SCIMMY.Resources.Group, 'displayName');

/** Stores the resources of a type, whose names are unique. */
function declare(type, name) {
  const held = new Map();
  const names = new Set();
  SCIMMY.Resources.declare(type, {
    ingress(resource, instance) {
      const { id } = resource;
      const before = id === undefined ? undefined : held.get(id);
      if (id !== undefined && !before) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
      if (!before && names.has(instance[name])) {
        throw new SCIMMY.Types.Error(409, 'uniqueness', `${name} is taken`);
      }
      const now = new Date();
      const meta = { created: before?.meta.created ?? now, lastModified: now };
      const kept = { ...JSON.parse(JSON.stringify(instance)), id: id ?? randomUUID(), meta };
      held.set(kept.id, kept);
      names.add(kept[name]);
      return kept;
    },
    egress(resource) {
      if (resource.id === undefined) {
        const all = [...held.values()];
        return resource.filter ? resource.filter.match(all) : all;
      }
      const kept = held.get(resource.id);
      if (!kept) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      return kept;
    },
    degress({ id }) {
      names.delete(held.get(id)?.[name]);
      held.delete(id);
    },
  });
}

const app = express();
app.use(
  '/scim',
  new SCIMMYRouters({
    type: 'bearer',
    handler(request) {
      if (request.header('Authorization') !== `Bearer ${TOKEN}`) throw new Error('Unknown token');
      return 'bench';
    },
  }),
);
listen(app, '/scim', TOKEN);
