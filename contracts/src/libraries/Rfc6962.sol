// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Inclusion proofs of append-only Merkle logs (RFC 6962, SHA-256)
library Rfc6962 {
    /// @notice Whether the leaf at `index` belongs to the tree of `size` leaves with this root (RFC 9162, 2.1.3.2).
    /// @param leafHash SHA-256(0x00 || leaf).
    /// @param proof Sibling hashes from the leaf upwards; exactly as many as the path has.
    function includes(bytes32 root, uint64 size, bytes32 leafHash, uint64 index, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        if (index >= size) return false;
        // `node` walks up from the leaf, `last` from the rightmost leaf: where both meet, the level has no right sibling.
        uint64 node = index;
        uint64 last = size - 1;
        bytes32 hash = leafHash;
        for (uint256 i = 0; i < proof.length; i++) {
            if (last == 0) return false;
            if (node & 1 == 1 || node == last) {
                hash = parent(proof[i], hash);
                while (node & 1 == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = parent(hash, proof[i]);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }

    /// @notice Hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962, 2.1).
    function parent(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
