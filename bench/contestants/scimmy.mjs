/**
 * SCIMMY with its express routers, as its README and its documentation of handlers set it up. It has no storage of its
 * own: users are kept in a Map, in memory, and SCIMMY filters what it is given of them.
 */
import { randomUUID } from 'node:crypto';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { listen } from './listen.mjs';

const { TOKEN } = process.env;
const users = new Map();
const userNames = new Set();

SCIMMY.Schemas.User.extend(SCIMMY.Schemas.EnterpriseUser);
SCIMMY.Resources.declare(SCIMMY.Resources.User, {
  ingress(resource, instance) {
    const { id } = resource;
    const before = id === undefined ? undefined : users.get(id);
    if (id !== undefined && !before) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    if (!before && userNames.has(instance.userName)) {
      throw new SCIMMY.Types.Error(409, 'uniqueness', 'userName is taken');
    }
    const now = new Date();
    const meta = { created: before?.meta.created ?? now, lastModified: now };
    const user = { ...JSON.parse(JSON.stringify(instance)), id: id ?? randomUUID(), meta };
    users.set(user.id, user);
    userNames.add(user.userName);
    return user;
  },
  egress(resource) {
    if (resource.id === undefined) {
      const all = [...users.values()];
      return resource.filter ? resource.filter.match(all) : all;
    }
    const user = users.get(resource.id);
    if (!user) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
    return user;
  },
  degress: (resource) => void users.delete(resource.id),
});

const app = express();
app.use(
  '/scim',
  new SCIMMYRouters({
    type: 'bearer',
    handler(request) {
      if (request.header('Authorization') !== `Bearer ${TOKEN}`) throw new Error('The token is not known');
      return 'bench';
    },
  }),
);
listen(app, '/scim', TOKEN);
