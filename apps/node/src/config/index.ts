/** Settings, keys and profile of a node. */
export { configFromEnvironment, keysPath, type NodeConfig, nodeConfig } from './config.ts';
export { type IntakeSender, type IntakeSettings, type MllpSettings, readIntakeSettings } from './intake.ts';
export { type NodeKeys, openNodeKeys, saveNodeKeys } from './keys.ts';
export { profileBytes, profileUrl } from './profile.ts';
