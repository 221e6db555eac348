/** Describes a run: date, commit, machine, versions and command. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';

// Read before the first part is written: its figures must not mark the commit of the other parts as dirty.
const COMMIT = commit();

/** The line below the figures of a part. */
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
    // A copy without history, or git is not installed.
    return `unknown (${error.code ?? error.status})`;
  }
}
