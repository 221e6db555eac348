import type { ReplaceUser, UpdateUser } from '../command.js';
import type { StoredUser, UserColumns } from './user-row.js';

/** The columns that a user's attributes decide, in the order of `columnValues`. */
export const WRITTEN_COLUMNS = [
  'user_name',
  'user_name_key',
  'external_id',
  'active',
  'display_name',
  'display_name_key',
  'title',
  'title_key',
  'department',
  'department_key',
  'employee_number',
  'employee_number_key',
  'manager_id',
  'attributes',
  'attribute_keys',
];

/** The part of an UPDATE that sets those columns, to parameters from `$first` on. */
export function setColumns(first: number): string {
  return WRITTEN_COLUMNS.map((column, index) => `${column} = $${first + index}`).join(', ');
}

/** The values of `WRITTEN_COLUMNS`. */
export function columnValues(columns: UserColumns): unknown[] {
  return [
    columns.userName,
    columns.userNameKey,
    columns.externalId,
    columns.active,
    columns.displayName,
    columns.displayNameKey,
    columns.title,
    columns.titleKey,
    columns.department,
    columns.departmentKey,
    columns.employeeNumber,
    columns.employeeNumberKey,
    columns.managerId,
    columns.attributes,
    columns.attributeKeys,
  ];
}

type Rest = Pick<StoredUser, 'id' | 'version' | 'createdAt' | 'updatedAt' | 'managerDisplayName' | 'groups'>;

/** A user as it is after a write: what its attributes decide, and the rest. */
export function toStored(columns: UserColumns, rest: Rest): StoredUser {
  const { userName, externalId, active, displayName, title, department, employeeNumber, managerId, attributes } =
    columns;
  return {
    userName,
    externalId,
    active,
    displayName,
    title,
    department,
    employeeNumber,
    managerId,
    attributes,
    ...rest,
  };
}

/** Whether a command can leave a user inactive that was active before: it has to name the attribute. */
export function mayDeactivate(command: UpdateUser | ReplaceUser): boolean {
  return command.type === 'UpdateUser'
    ? command.operations.some(({ path, value }) => path.attribute.name === 'active' && value !== true)
    : command.attributes['active'] === false;
}
