/** Writes a line for the person or program at the other end of standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}
