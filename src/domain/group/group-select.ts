import { selectList, type Columns } from '../sql/select-list.js';

/** Where each attribute of a group lies, from `groups g`. */
export const COLUMNS_OF_GROUP: Columns = {
  id: 'g.id',
  displayName: 'g.display_name',
  externalId: 'g.external_id',
  attributes: 'g.attributes',
  memberCount: 'g.member_count',
  version: 'g.version',
  createdAt: 'g.created_at',
  updatedAt: 'g.updated_at',
};

/** The columns of a `StoredGroup`, from `groups g`. */
export const GROUP_COLUMNS = selectList(COLUMNS_OF_GROUP, new Set(Object.keys(COLUMNS_OF_GROUP)));
