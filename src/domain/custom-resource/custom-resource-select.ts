/** The columns of a `StoredCustomResource`, from `resources r`. */
export const CUSTOM_RESOURCE_SELECT_LIST = `
  r.id, r.external_id as "externalId", r.attributes, r.version, r.created_at as "createdAt",
  r.updated_at as "updatedAt"`;
