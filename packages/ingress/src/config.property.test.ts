import { describeAnyEnvironment } from '@runnel/shared/testing';
import { ingressConfiguration } from './config.ts';

describeAnyEnvironment(ingressConfiguration);
