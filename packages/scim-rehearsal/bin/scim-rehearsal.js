#!/usr/bin/env node
// Not compiled, so that npm finds the file and links the command before the first build of a clone.
const [major = 0] = process.versions.node.split('.').map(Number);

// Imported only after this check: the modules use functions that older versions of Node do not have.
if (major < 22) {
  process.stderr.write(`scim-rehearsal: Node ${process.versions.node} is too old, Node 22 or later is required\n`);
  process.exitCode = 2;
} else {
  const { run } = await import('../dist/cli/command.js');
  process.exitCode = await run(process.argv.slice(2));
}
