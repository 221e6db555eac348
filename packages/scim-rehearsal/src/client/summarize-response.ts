import type { ScimResponse } from './exchange.js';
import { isObject, toText, type Json } from './json.js';

/** A response in one line: its status, and the message of a SCIM error. */
export function summarizeResponse({ status, body, content }: ScimResponse): string {
  if (content === 'html') return `${status}, a web page`;
  if (!isObject(body)) return content === 'none' ? String(status) : `${status}, ${shorten(toText(body))}`;
  if (status < 400) return String(status);
  const { scimType, detail, message } = body;
  const parts = [scimType, detail ?? message].filter((part): part is Json => part !== undefined && part !== null);
  return [`${status}`, ...parts.map((part) => shorten(toText(part)))].join(' ');
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
