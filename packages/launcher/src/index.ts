// The door `@runnel/launcher`: what the documentation is made from. The process is `@runnel/launcher/main`, its pods on this
// machine are `@runnel/launcher/process-pods`.
export { launcherConfiguration, passedOnOptions } from './config.ts';
