import type { Command } from '../../domain/write/command.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';

/** What a PATCH of a user asks of the domain: one command, or none for a PATCH without operations. */
export function toUserCommands(id: string, operations: readonly AttributeOperation[]): Command[] {
  return operations.length > 0 ? [{ type: 'UpdateUser', id, operations }] : [];
}
