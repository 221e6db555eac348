import type { Command } from '../../domain/write/command.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';

/** Converts a PATCH of a user to one command, or to none if it has no operations. */
export function toUserCommands(id: string, operations: readonly AttributeOperation[]): Command[] {
  return operations.length > 0 ? [{ type: 'UpdateUser', id, operations }] : [];
}
