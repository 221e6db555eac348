/** On what, with what and when something was measured. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';

// Before the first part is written: its figures shall not make the tree of the others a changed one.
const COMMIT = commit();

/** One line for below the figures of a part. */
export function describeRun(postgres, { commandLine }) {
  const processors = cpus();
  const machine = `${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const system = `${type()} ${release().split('-', 1)[0]}`;
  const versions = `Node ${process.versions.node}, PostgreSQL ${postgres}`;
  const command = ['npm run bench', ...(commandLine.length > 0 ? ['--'] : []), ...commandLine].join(' ');
  return [
    new Date().toISOString().slice(0, 10),
    `commit ${COMMIT}`,
    `${machine}, ${memory}, ${system}`,
    versions,
    `\`${command}\``,
  ].join(' · ');
}

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--exclude=*'], { encoding: 'utf8' }).trim();
  } catch (error) {
    // Copied without its history, or no git here.
    return `unknown (${error.code ?? error.status})`;
  }
}
