/** The columns of a `StoredGroup`, from `groups g`. */
export const GROUP_COLUMNS = `
  g.id, g.display_name as "displayName", g.external_id as "externalId", g.attributes, g.member_count as "memberCount",
  g.version, g.created_at as "createdAt", g.updated_at as "updatedAt"`;
