import { describeAnyEnvironment } from '@runnel/shared/testing';
import { runnerConfiguration } from './config.ts';

describeAnyEnvironment(runnerConfiguration);
