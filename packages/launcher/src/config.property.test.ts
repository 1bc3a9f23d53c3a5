import { describeAnyEnvironment } from '@runnel/shared/testing';
import { launcherConfiguration } from './config.ts';

describeAnyEnvironment(launcherConfiguration);
