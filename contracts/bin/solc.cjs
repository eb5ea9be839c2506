#!/usr/bin/env node
/**
 * Lets Forge use the `solc` that npm installed (WebAssembly), so that no compiler has to be downloaded.
 *
 * Forge calls a compiler in two ways only: `--version`, and `--standard-json` with every source inline on stdin.
 * Loading the WebAssembly module takes about 0.3 s, so the version answer comes from the pin below.
 */
const { readFileSync, writeSync } = require('node:fs');
const { isAbsolute, relative } = require('node:path');

/** What npm's `solc` reports as its version; checked at every compilation, so the two cannot drift apart. */
const PINNED = '0.8.37+commit.f401782d.Emscripten.clang';

/** Writes all of `text` to stdout: a pipe may take it in pieces and answer EAGAIN in between. */
function print(text) {
  let bytes = Buffer.from(text, 'utf8');
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

/** `entries` with every key passed through `rename`; undefined stays undefined. */
function rekey(entries, rename) {
  return entries && Object.fromEntries(Object.entries(entries).map(([key, value]) => [rename(key), value]));
}

/**
 * Compiles Forge's standard JSON input.
 *
 * Sources above the project root reach us under two kinds of name, `../node_modules/…` when a remapping led to them and
 * the absolute path when they import one another. The compiler resolves relative imports by name, so both must be of one
 * kind; and absolute paths would make the output depend on where the repository lies. Names are put back on the way out.
 */
function compile(input, root) {
  const names = new Map();
  const shorten = (name) => {
    if (!isAbsolute(name)) return name;
    const short = relative(root, name);
    names.set(short, name);
    return short;
  };
  const restore = (name) => names.get(name) ?? name;

  input.sources = rekey(input.sources, shorten);
  input.settings.outputSelection = rekey(input.settings.outputSelection, shorten);
  const solc = require('solc');
  if (solc.version() !== PINNED) throw new Error(`expected solc ${PINNED}, npm installed ${solc.version()}`);
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  output.sources = rekey(output.sources, restore);
  output.contracts = rekey(output.contracts, restore);
  return output;
}

if (process.argv.includes('--version')) {
  print(`solc, the solidity compiler commandline interface\nVersion: ${PINNED}\n`);
} else {
  const at = process.argv.indexOf('--base-path');
  const root = at < 0 ? process.cwd() : process.argv[at + 1];
  print(JSON.stringify(compile(JSON.parse(readFileSync(0, 'utf8')), root)));
}
