/** The columns of a `StoredResource`, from `resources r`. */
export const RESOURCE_COLUMNS = `
  r.id, r.external_id as "externalId", r.attributes, r.version, r.created_at as "createdAt",
  r.updated_at as "updatedAt"`;
