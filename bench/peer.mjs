/**
 * `npm run bench:peer -- scimmy`: starts one contestant and prints the command that rehearses it. Runs until Ctrl-C.
 */
import { installContestants, buildPortico } from './install.mjs';
import { SCIM_CONTESTANTS } from './contestants/scim-contestants.mjs';

const [wanted] = process.argv.slice(2);
const contestant = SCIM_CONTESTANTS.find(({ key }) => key === wanted);
if (!contestant) {
  const names = SCIM_CONTESTANTS.map(({ key }) => key).join(', ');
  process.stderr.write(`Usage: npm run bench:peer -- NAME, where NAME is one of ${names}\n`);
  process.exit(2);
}

installContestants();
buildPortico();
const { openCluster } = await import('./cluster.mjs');
const { startForScim, versionsOf } = await import('./contestants/contestants.mjs');

const cluster = await openCluster();
const { url, token } = await startForScim(contestant, cluster, { porticoArguments: [] });
process.stdout
  .write(`${[contestant.name, ...versionsOf(contestant.packages)].join(', ')}. Stop it with Ctrl-C. To rehearse it:

  npm run -s portico -- rehearse ${url} --token ${token}
`);
