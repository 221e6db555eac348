#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

// Nothing is imported before this: what Portico stands on does not even load on an older Node.
if (major < 22 || (major === 22 && minor < 17)) {
  process.stderr.write(`portico: Node ${process.versions.node} is too old, 22.17 or later is needed\n`);
  process.exitCode = 1;
} else {
  const { run } = await import('./cli/program.js');
  process.exitCode = await run(process.argv.slice(2));
}
