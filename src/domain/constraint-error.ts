import { DomainError } from './kernel/errors.js';

/** Converts the error of a violated constraint to a DomainError. Returns any other error unchanged. */
export function toConstraintError(error: unknown): unknown {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined;
  switch (constraint) {
    case 'users_user_name_key':
      return new DomainError('ALREADY_EXISTS', 'Another user of the directory already has this userName', 'userName');
    case 'groups_display_name_key':
      return new DomainError(
        'ALREADY_EXISTS',
        'Another group of the directory already has this displayName',
        'displayName',
      );
    case 'unique_values_pkey':
      return takenValue(error);
    case 'users_manager_fkey':
      return new DomainError('INVALID_REFERENCE', 'The manager is not a user of the directory', 'manager');
    case 'memberships_user_fkey':
    case 'memberships_nested_group_fkey':
      return new DomainError('INVALID_REFERENCE', 'A member was deleted at the same time', 'members');
    case 'users_directory_id_fkey':
    case 'groups_directory_id_fkey':
    case 'unique_values_directory_id_fkey':
    case 'resources_directory_id_fkey':
      return new DomainError('NOT_FOUND', 'The directory has been deleted');
    default:
      return error;
  }
}

/** Reads the attribute from the detail of the error: `(directory_id, attribute, value_hash)=(…, urn:example:User:badge, \\x…)`. */
function takenValue(error: unknown): DomainError {
  const detail = error instanceof Error && 'detail' in error ? String(error.detail) : '';
  const attribute = /=\([^,]+, (.+), \\x/.exec(detail)?.[1];
  const message = `Another resource of the directory already has this value of ${attribute ?? 'a unique attribute'}`;
  return new DomainError('ALREADY_EXISTS', message, attribute);
}
