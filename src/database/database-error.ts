/** The database cannot be used. The message is one line for the user. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}
