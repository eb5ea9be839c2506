import {
  consistencyCoordinates,
  emptyRoot,
  foldProof,
  inclusionCoordinates,
  leafHash,
  newNodes,
  nodeReader,
  rootOf,
} from '@anamnesis/protocol';
import { bytesToHex, hexToBytes } from 'viem/utils';

/** The eight leaves with which implementations of Certificate Transparency test themselves. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];

/** Roots, inclusion and consistency proofs (RFC 6962) of every size up to 8. */
export function merkleVectors() {
  const leaves = LEAVES.map((data) => ({ data: `0x${data}` as const, hash: leafHash(hexToBytes(`0x${data}`)) }));
  const hashes = leaves.map((leaf) => leaf.hash);
  const read = nodeReader(newNodes(0, hashes, nodeReader([])));
  const sizes = Array.from({ length: LEAVES.length + 1 }, (_, size) => size);
  const hexPath = (path: Uint8Array[]) => path.map((element) => bytesToHex(element));
  return {
    description: 'RFC 6962 Merkle tree hashing with SHA-256.',
    emptyRoot: bytesToHex(emptyRoot()),
    leaves: leaves.map(({ data, hash }) => ({ data, hash: bytesToHex(hash) })),
    roots: sizes.map((size) => bytesToHex(rootOf(hashes.slice(0, size)))),
    inclusion: sizes.flatMap((size) =>
      hashes.slice(0, size).map((_, index) => ({
        index,
        size,
        path: hexPath(foldProof(inclusionCoordinates(index, size), read)),
      })),
    ),
    consistency: sizes.flatMap((to) =>
      sizes
        .filter((from) => from <= to)
        .map((from) => ({ from, to, path: hexPath(foldProof(consistencyCoordinates(from, to), read)) })),
    ),
  };
}
