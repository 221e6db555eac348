/** Any JSON value off the wire. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object off the wire. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** True for `{…}`, false for lists, `null` and everything plain. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list that a value is, or an empty one: whoever asks for elements need not know why there are none. */
export function toList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** How a value reads in a line of text: strings bare, everything else as JSON. */
export function toText(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
