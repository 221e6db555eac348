import { valueAt } from '../../client/attribute-path.js';
import { isObject } from '../../client/json.js';
import { MANAGER_PATH } from '../../client/urns.js';
import { show, type CheckContext } from '../context/check-context.js';
import { NotApplicable } from '../context/check-failed.js';

/**
 * Requires that a manager can be set, changed, and removed by an empty value.
 *
 * @param letters whether operation names are capitalized, as Entra writes them without the flag
 * @param toValue converts the id of the manager to the value of the operation
 */
export async function requireManager(
  context: CheckContext,
  letters: 'capital' | 'lower',
  toValue: (id: string) => string | { readonly value: string },
): Promise<void> {
  if (!context.published.hasManager) throw new NotApplicable('/Schemas publishes no manager');
  const [id, first, second] = [await context.createUser(), await context.createUser(), await context.createUser()];
  for (const [verb, manager] of [
    ['Add', first],
    ['Replace', second],
    ['Replace', ''],
  ] as const) {
    const op = letters === 'capital' ? verb : verb.toLowerCase();
    await context.patch('/Users', id, { op, path: MANAGER_PATH, value: manager === '' ? '' : toValue(manager) });
    const found = valueAt(await context.read('/Users', id), MANAGER_PATH);
    const managerId = isObject(found) ? found['value'] : undefined;
    context.require(
      (managerId ?? '') === manager,
      `after ${op}, the manager is ${show(found)} instead of ${manager || 'absent'}`,
    );
  }
}
