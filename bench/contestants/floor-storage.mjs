/**
 * The least work that a SCIM request needs in PostgreSQL, written by hand: Portico's own tables, prepared statements, and in
 * the transaction of each change the directory's counter and an event. Requests share nothing, and nothing is validated.
 * Statements whose rows decide nothing are pipelined, so a create takes one round trip and a patch two.
 */
import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

const STATEMENTS = {
  match: 'select * from users where directory_id = $1 and user_name_key = $2',
  get: 'select * from users where directory_id = $1 and id = $2',
  lock: 'select * from users where directory_id = $1 and id = $2 for no key update',
  insert: `insert into users (directory_id, id, user_name, user_name_key, external_id, active, display_name,
      display_name_key, title, title_key, department, department_key, employee_number, employee_number_key, attributes,
      attribute_keys, version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, 1, $16, $16)`,
  email: 'insert into user_emails (directory_id, user_id, email_key) select $1, $2, unnest($3::text[])',
  update: `update users set display_name = $3, display_name_key = $4, active = $5, version = version + 1, updated_at = $6
    where directory_id = $1 and id = $2`,
  append: `with head as (
      update directory_counters set sequence = sequence + 1, user_count = user_count + $2::int where directory_id = $1
      returning sequence
    )
    insert into events (directory_id, sequence, id, type, occurred_at, source, actor, request_id, payload)
    select $1, head.sequence, $3, $4, $5, 'SCIM', 'floor', $6, $7 from head`,
};

/** Opens the pool on a migrated database and creates a directory. */
export async function openStorage({ url, poolSize, token }) {
  const pool = new pg.Pool({ connectionString: url, max: poolSize, pipeline: true });
  const directory = randomUUID();
  await pool.query(`insert into directories values ($1, 'floor', 'floor', now(), now())`, [directory]);
  await pool.query('insert into directory_counters values ($1, 0, 0, 0)', [directory]);
  const hashes = new Set([hash(token)]);

  const ask = (client, name, ...values) =>
    client.query({ name, text: STATEMENTS[name], values: [directory, ...values] });

  /** Pipelines the statements of `work`, the counter, the event and the commit. */
  const inTransaction = async (work) => {
    const client = await pool.connect();
    try {
      const sent = [client.query('begin')];
      const { result, users, type, at, payload } = await work(client, (asked) => sent.push(asked));
      sent.push(ask(client, 'append', users, randomUUID(), type, at, randomUUID(), payload), client.query('commit'));
      await Promise.all(sent);
      return result;
    } finally {
      client.release();
    }
  };

  return {
    /** Whether an Authorization header holds the token. */
    knows: (authorization) => hashes.has(hash(authorization?.slice('Bearer '.length) ?? '')),
    async match(userName) {
      const { rows } = await ask(pool, 'match', userName.toLowerCase());
      const page = { totalResults: rows.length, startIndex: 1, itemsPerPage: rows.length };
      return { schemas: [LIST], ...page, Resources: rows.map(toResource) };
    },
    /** Undefined when the user does not exist. */
    async get(id) {
      const { rows } = await ask(pool, 'get', id);
      return rows[0] && toResource(rows[0]);
    },
    create: (body) =>
      inTransaction(async (client, send) => {
        const { userName, externalId, active, displayName, title, name, emails, phoneNumbers, preferredLanguage } =
          body;
        const { department, employeeNumber } = body[ENTERPRISE];
        const attributes = { name, emails, phoneNumbers, preferredLanguage };
        const row = {
          id: randomUUID(),
          user_name: userName,
          external_id: externalId,
          active,
          display_name: displayName,
        };
        Object.assign(row, { title, department, employee_number: employeeNumber, attributes, version: 1 });
        const at = (row.created_at = row.updated_at = new Date());
        const keyed = [displayName, title, department, employeeNumber].flatMap((text) => [text, text.toLowerCase()]);
        send(
          ask(client, 'insert', row.id, userName, userName.toLowerCase(), externalId, active, ...keyed, attributes, at),
        );
        const keys = emails.map(({ value }) => value.toLowerCase());
        send(ask(client, 'email', row.id, keys));
        const payload = { userId: row.id, userName, externalId, displayName };
        return { result: toResource(row), users: 1, type: 'USER_PROVISIONED', at, payload };
      }),
    patch: (id, { Operations }) =>
      inTransaction(async (client, send) => {
        const { rows } = await ask(client, 'lock', id);
        const [row] = rows;
        const columns = { displayName: 'display_name', active: 'active' };
        for (const { path, value } of Operations) row[columns[path]] = value;
        row.version++;
        const at = (row.updated_at = new Date());
        send(ask(client, 'update', id, row.display_name, row.display_name.toLowerCase(), row.active, at));
        const payload = { userId: id, attributes: Operations.map(({ path }) => path) };
        return { result: toResource(row), users: 0, type: 'USER_UPDATED', at, payload };
      }),
  };
}

function hash(secret) {
  return createHash('sha256').update(secret).digest('base64');
}

function toResource(row) {
  const { attributes } = row;
  return {
    schemas: [USER, ENTERPRISE],
    id: row.id,
    externalId: row.external_id,
    userName: row.user_name,
    active: row.active,
    displayName: row.display_name,
    title: row.title,
    ...attributes,
    [ENTERPRISE]: { department: row.department, employeeNumber: row.employee_number },
    meta: {
      resourceType: 'User',
      created: row.created_at,
      lastModified: row.updated_at,
      location: `http://127.0.0.1/scim/v2/floor/Users/${row.id}`,
      version: `W/"${row.version}"`,
    },
  };
}
