// Imported first by every script, so that an old Node meets a sentence and not a stack trace.
// The scripts use only what Node 14 can parse, or this line would never run.
const major = Number(process.versions.node.split('.')[0]);

if (major < 20) {
  console.error(
    `Runnel needs Node 20 or newer to start; this is ${process.version}. Get one from https://nodejs.org or your system's packages, then run the command again.`,
  );
  process.exit(1);
}
