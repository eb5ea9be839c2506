import { AnamnesisError } from '@anamnesis/protocol';
import { configFromEnvironment } from './config/index.ts';
import { startNode } from './node.ts';

try {
  const node = await startNode(configFromEnvironment(process.env));
  process.stderr.write(`${node.config.name} answers at ${node.url}\n`);
  const end = () => void node.stop().then(() => process.exit(0));
  process.once('SIGINT', end).once('SIGTERM', end);
} catch (error) {
  const said = error instanceof AnamnesisError ? `${error.code}: ${error.message}` : 'the node could not start';
  process.stderr.write(`${said}\n`);
  process.exit(1);
}
