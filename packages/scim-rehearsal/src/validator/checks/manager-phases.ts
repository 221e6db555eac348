import { MANAGER_PATH, valueAt } from '../../client/attribute-path.js';
import { isObject } from '../../client/json.js';
import { NotApplicable } from '../context/check-failed.js';
import { show, type CheckContext } from '../context/check-context.js';

/**
 * The three phases of a manager: set, changed, taken away by an empty value.
 *
 * @param letters whether operations begin with a capital, as Entra's do without the flag
 * @param shape how the manager's id is written
 */
export async function requireManager(
  context: CheckContext,
  letters: 'capital' | 'lower',
  shape: (id: string) => string | { readonly value: string },
): Promise<void> {
  if (!context.published.hasManager) throw new NotApplicable('/Schemas publishes no manager');
  const [id, first, second] = [await context.createUser(), await context.createUser(), await context.createUser()];
  for (const [verb, manager] of [
    ['Add', first],
    ['Replace', second],
    ['Replace', ''],
  ] as const) {
    const op = letters === 'capital' ? verb : verb.toLowerCase();
    await context.patch('/Users', id, { op, path: MANAGER_PATH, value: manager === '' ? '' : shape(manager) });
    const found = valueAt(await context.read('/Users', id), MANAGER_PATH);
    const managerId = isObject(found) ? found['value'] : undefined;
    context.require(
      (managerId ?? '') === manager,
      `after ${op} the manager is ${show(found)} instead of ${manager || 'nobody'}`,
    );
  }
}
