import type { Command } from 'commander';
import type { Perform } from '../run.ts';
export function demoCommand(_program: Command, _perform: Perform): void {}
