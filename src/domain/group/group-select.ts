import { selectList, type Columns } from '../sql/select-list.js';

/** The SQL expression for each attribute of a group, from `groups g`. */
export const GROUP_COLUMNS: Columns = {
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
export const GROUP_SELECT_LIST = selectList(GROUP_COLUMNS, new Set(Object.keys(GROUP_COLUMNS)));
